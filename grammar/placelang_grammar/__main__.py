"""`python -m placelang_grammar`: write the table beside the grammar. With `textmate`: print the grammar for editors."""

import sys

from placelang_grammar.table import load, write
from placelang_grammar.textmate import textmate

if __name__ == "__main__":
    if sys.argv[1:] == ["textmate"]:
        sys.stdout.write(textmate(load()))
    else:
        write()
