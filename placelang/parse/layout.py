"""From tokens with balanced braces to the grammar's tokens: newlines become the ends of clauses, or nothing.

Leaves a stream in which every clause ends with _NL, all brackets are closed within their clause, and no expression is
nested deeper than `DEEPEST`; what had to be mended or left out for that is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.parse.tokens import LINE, SEMICOLON, Tokens
from placelang.parse.wording import apart

if TYPE_CHECKING:
    from placelang.parse.faults import Faults
    from placelang_grammar import Table

NL, ERROR = "_NL", "_ERROR"
DEEPEST = 100
"""No expression's tree is deeper, by a bound that needs no tree: a bracket counts with the `and` and `or` around it."""

_BRACKET = 3
_CLOSER = {"LPAR": "RPAR", "LSQB": "RSQB"}
_OPENER = {"RPAR": "LPAR", "RSQB": "LSQB"}
_SIGN = {"LPAR": "(", "LSQB": "[", "RPAR": ")", "RSQB": "]"}
_SPECIAL = frozenset(("LBRACE", "RBRACE", "MINUS", SEMICOLON, *_CLOSER, *_OPENER))
_BRACES = frozenset(("LBRACE", "RBRACE"))
_LEADING = frozenset(("AND", "OR"))
_COMPARISONS = ("EQ", "NE", "LT", "LE", "GT", "GE", "IN", "MATCHES")
_DEEPENING = frozenset(("NOT", "PLUS", "MINUS", "TIMES", "OVER", "DEFAULT", *_COMPARISONS))
_SEPARATING = frozenset(("AND", "OR", "COMMA", "WHERE"))
_CONTINUING = (_DEEPENING - {"NOT"}) | _SEPARATING
_NOTHING = frozenset((NL, "LBRACE"))
_VALUES = frozenset(("NAME", "QUANTITY", "STRING", "RAW"))
_VALUE_ENDS = _VALUES | {"RPAR", "RSQB", "TRUE", "FALSE"}
_NUMBER_ENDS = frozenset(("QUANTITY", "RPAR", "RSQB"))
_NOT_NAMES = _LEADING | {"NOT", "IN", "WHERE"}
_DAYS = frozenset(
    (
        "DAILY",
        "WEEKDAYS",
        "WEEKENDS",
        "MONDAY",
        "TUESDAY",
        "WEDNESDAY",
        "THURSDAY",
        "FRIDAY",
        "SATURDAY",
        "SUNDAY",
    )
)


def lay_out(tokens: Tokens, table: Table, faults: Faults) -> Tokens:
    """The tokens as the grammar wants them."""
    return _Layout(tokens, table, faults).run()


class _Layout:
    """One pass over the tokens.

    `clause` is where in `out` the present clause begins, `heads` what began the blocks around it, `opened` the brackets
    that are open in it and where they stand, `open_of` how many of each kind these are.
    """

    def __init__(self, tokens: Tokens, table: Table, faults: Faults) -> None:
        self.tokens = tokens
        self.faults = faults
        self.blocks = table.blocks
        self.words = frozenset(table.words.values()) - _NOT_NAMES
        self.everywhere = tuple(
            sorted({starter for head, starters in table.blocks.items() if head for starter in starters})
        )
        self.out = Tokens()
        self.clause = 0
        self.heads = [""]
        self.opened: list[tuple[str, int]] = []
        self.open_of = dict.fromkeys(_CLOSER, 0)

    def run(self) -> Tokens:
        out = self.out
        kinds, starts, ends = out.kinds, out.starts, out.ends
        line = False
        for i, (kind, start, end) in enumerate(
            zip(self.tokens.kinds, self.tokens.starts, self.tokens.ends, strict=True)
        ):
            if kind == LINE:
                line = True
                continue
            if line:
                line = False
                if self._ends_clause(i, kind, start):
                    self._end_clause()
            if kind in _SPECIAL and not self._take(kind, start, end):
                continue
            kinds.append(kind)
            starts.append(start)
            ends.append(end)
            if kind in _BRACES:
                self.clause = len(kinds)
        self._end_clause()
        return out

    def _ends_clause(self, i: int, kind: str, start: int) -> bool:
        """Whether the clause so far ends at the newline before token `i`."""
        last = self.out.kinds[-1] if self.out.kinds else NL
        header = self.out.kinds[self.clause : self.clause + 1]
        if kind == "LBRACE" and header and header[0] in (*self.blocks, "NAME") and not self.opened:
            message = "a block begins on the line of its header"
            self.faults.add((start, start + 1), message, hint="move the `{` to the line before")
            return False
        if self.opened or last in _CONTINUING:
            return self._begins_clause(i, kind, last)
        return kind not in _LEADING

    def _begins_clause(self, i: int, kind: str, last: str) -> bool:
        """Whether token `i`, on a new line that might continue the clause, can only begin the next one."""
        if kind not in self._starters() or (kind in _DAYS and self.out.kinds[-2] in _DAYS):
            return False
        if last in _VALUE_ENDS or last in self.words:
            return True
        following = self.tokens.kinds[i + 1] if i + 1 < len(self.tokens.kinds) else LINE
        if following == "WHERE":
            return not self.opened or last not in ("LPAR", "COMMA")
        return following in _VALUES or following in self.words or following == "LBRACE"

    def _starters(self) -> tuple[str, ...]:
        return self.blocks.get(self.heads[-1], self.everywhere)

    def _take(self, kind: str, start: int, end: int) -> bool:
        """Do what a bracket, a minus or a semicolon asks for; whether the token itself stays."""
        if kind == "MINUS":
            self._check_minus(start, end)
            return True
        if kind in _CLOSER:
            self.opened.append((kind, start))
            self.open_of[kind] += 1
            return True
        if kind in _OPENER:
            return self._close(kind, start, end)
        if kind == "LBRACE":
            self._close_all()
            head = self.out.kinds[self.clause] if self.clause < len(self.out.kinds) else "LBRACE"
            self._bound()
            self.heads.append(head)
            return True
        self._end_clause()
        if kind == "RBRACE":
            self.heads.pop()
        return kind == "RBRACE"

    def _check_minus(self, start: int, end: int) -> None:
        """Report a minus that certainly subtracts and has no space around it: it might be a hyphen."""
        last = self.out.kinds[-1] if self.out.kinds else NL
        joined = self.out.ends[-1:] == [start] and (last in _VALUE_ENDS or last in self.words)
        if joined or (last in _NUMBER_ENDS and not self.faults.source.text[end : end + 1].isspace()):
            self.faults.add(
                (start, end),
                "a minus between two values has spaces around it",
                hint="write ` - `",
                fix=apart("-", self.faults.source.text, start, end),
            )

    def _close(self, kind: str, start: int, end: int) -> bool:
        """A closing bracket: match it, mend it, or drop it; whether it stays as it is."""
        if self.open_of[_OPENER[kind]]:
            while self.opened[-1][0] != _OPENER[kind]:
                self._unclosed(1)
            self._pop()
            return True
        if self.opened:
            opener, at = self.opened[-1]
            self._pop()
            self.faults.add(
                (start, end),
                f"`{_SIGN[opener]}` is closed by `{_SIGN[kind]}`",
                labels=((at, at + 1, "opened here"),),
                hint=f"write `{_SIGN[_CLOSER[opener]]}`",
                fix=_SIGN[_CLOSER[opener]],
            )
            self.out.append(_CLOSER[opener], start, end)
        else:
            self.faults.add((start, end), f"this `{_SIGN[kind]}` closes nothing", hint="remove it")
        return False

    def _pop(self) -> str:
        kind = self.opened.pop()[0]
        self.open_of[kind] -= 1
        return kind

    def _close_all(self) -> None:
        if self.opened:
            self._unclosed(len(self.opened))

    def _unclosed(self, count: int) -> None:
        """Report the outermost of the last `count` open brackets and close them all."""
        opener, at = self.opened[-count]
        if count * _BRACKET > DEEPEST:
            self._too_deep(at, at + 1)
        else:
            self.faults.add(
                (at, at + 1),
                f"this `{_SIGN[opener]}` is never closed",
                code=Code.UNCLOSED,
                hint=f"write `{_SIGN[_CLOSER[opener]]}` in the same clause",
            )
        end = self.out.ends[-1]
        while count:
            self.out.append(_CLOSER[self._pop()], end, end)
            count -= 1

    def _end_clause(self) -> None:
        """Close what is open, drop a comma that nothing follows, and end the clause if there is one."""
        self._close_all()
        out = self.out
        if out.kinds and out.kinds[-1] == "COMMA":
            hint = "remove it, or write what is missing"
            self.faults.add((out.starts[-1], out.ends[-1]), "nothing follows this comma", hint=hint)
            out.pop()
        if out.kinds and out.kinds[-1] not in _NOTHING:
            self._bound()
            out.append(NL, out.ends[-1], out.ends[-1])
            self.clause = len(out.kinds)

    def _bound(self) -> None:
        """Replace a clause whose expressions are nested too deep by an error."""
        out, clause = self.out, self.clause
        if len(out.kinds) - clause <= DEEPEST // _BRACKET or _depth(out.kinds[clause:]) <= DEEPEST:
            return
        start, end = out.starts[clause], out.ends[-1]
        if not self.faults.within(start, end + 1):
            self._too_deep(start, end)
        out.cut(clause)
        out.append(ERROR, start, end)

    def _too_deep(self, start: int, end: int) -> None:
        hint = "name parts of it with `let`, and use those"
        self.faults.add((start, end), "an expression is nested too deep", code=Code.TOO_DEEP, hint=hint)


def _depth(kinds: list[str]) -> int:
    """An upper bound of the nesting of the expressions in a clause; runs of `and` and `or` are flat."""
    levels: list[tuple[int, int]] = []
    deepest = here = 0
    for kind in kinds:
        if kind in _CLOSER:
            levels.append((deepest, here))
            deepest = here = 0
        elif kind in _OPENER and levels:
            inside = max(deepest, here) + _BRACKET
            deepest, here = levels.pop()
            here += inside
        elif kind in _DEEPENING:
            here += 1
        elif kind in _SEPARATING:
            deepest, here = max(deepest, here), 0
    return max(deepest, here)
