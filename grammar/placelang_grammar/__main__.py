"""`python -m placelang_grammar`: write the table beside the grammar."""

from placelang_grammar.table import write

if __name__ == "__main__":
    write()
