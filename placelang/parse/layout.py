"""From tokens to the grammar's tokens: newlines become the ends of clauses, or nothing.

Leaves a stream in which every clause ends with _NL and all brackets are closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang.parse.tokens import LINE, SEMICOLON, Tokens

if TYPE_CHECKING:
    from placelang.parse.faults import Faults
    from placelang_grammar import Table

END_OF_CLAUSE = "_NL"
CONTINUING = frozenset(
    "COMMA AND OR WHERE IN MATCHES PLUS MINUS TIMES OVER DEFAULT EQ NE LT LE GT GE".split()
)
_LEADING = frozenset(("AND", "OR"))
_CLOSER = {"LPAR": "RPAR", "LSQB": "RSQB"}


def lay_out(tokens: Tokens, table: Table, faults: Faults) -> Tokens:
    """The tokens as the grammar wants them."""
    out = Tokens()
    kinds, starts, ends = out.kinds, out.starts, out.ends
    depth = 0
    last = END_OF_CLAUSE
    end = 0
    line = False
    for kind, start, stop in zip(tokens.kinds, tokens.starts, tokens.ends, strict=True):
        if kind == LINE:
            line = True
            continue
        if line and depth == 0 and last not in CONTINUING and kind not in _LEADING and last not in (END_OF_CLAUSE, "LBRACE"):
            kinds.append(END_OF_CLAUSE)
            starts.append(end)
            ends.append(end)
            last = END_OF_CLAUSE
        line = False
        if kind == SEMICOLON:
            if last in (END_OF_CLAUSE, "LBRACE"):
                continue
            kind = END_OF_CLAUSE
        elif kind in _CLOSER:
            depth += 1
        elif kind in ("RPAR", "RSQB"):
            depth -= 1
        elif kind == "RBRACE" and last not in (END_OF_CLAUSE, "LBRACE"):
            kinds.append(END_OF_CLAUSE)
            starts.append(end)
            ends.append(end)
        kinds.append(kind)
        starts.append(start)
        ends.append(stop)
        last = kind
        end = stop
    if last != END_OF_CLAUSE:
        out.append(END_OF_CLAUSE, end, end)
    return out
