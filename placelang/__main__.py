"""`python -m placelang` is the `placelang` command."""

from placelang.cli import main

if __name__ == "__main__":
    main()
