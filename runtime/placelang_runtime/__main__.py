"""`python -m placelang_runtime`: the command line of a host."""

from placelang_runtime.cli import main

main()
