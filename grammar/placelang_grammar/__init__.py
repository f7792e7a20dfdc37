"""The grammar of the placement language, and the LALR(1) table made from it.

`placelang.lark` is the grammar. `load` gives its table: from `placelang.table`, which is written when the package is
built, or else made anew with Lark, which only that case imports.
"""

from placelang_grammar.table import Rule, Table, load

__all__ = ["Rule", "Table", "load"]
