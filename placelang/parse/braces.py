"""From tokens to tokens whose braces are balanced.

Where they are not, indentation tells which one is missing or too many: a block ends before the first line that does not
stand to the right of its header. Balanced braces are never touched, however the file is indented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.parse.tokens import LINE, Tokens

if TYPE_CHECKING:
    from placelang.parse.faults import Faults

DEEPEST = 100
"""Blocks nest three deep; this bounds what hostile text can ask for."""

_STEP = {"LBRACE": 1, "RBRACE": -1}
_HEADS = frozenset(
    ("APP", "SERVICE", "SIDECAR", "JOB", "ROLLOUT", "MONITOR", "POLICY", "MODEL", "VARIANT", "DEVICE", "TEST")
)
"""What can only begin the header of a block, where it begins a line."""


def balance(tokens: Tokens, faults: Faults) -> Tokens:
    """The tokens with every missing brace added and every superfluous one left out, each reported."""
    depth = lowest = outside = 0
    for i, kind in enumerate(tokens.kinds):
        if kind in _STEP:
            depth += _STEP[kind]
            lowest = min(lowest, depth)
            if depth > DEEPEST:
                message = f"blocks are nested more than {DEEPEST} deep; the file is not read from here on"
                faults.add((tokens.starts[i], tokens.ends[i]), message, code=Code.TOO_DEEP)
                tokens.cut(outside)
                return balance(tokens, faults)
        elif depth == 0 and kind == LINE:
            outside = i
    return _Repair(tokens, faults, missing=depth).run() if depth or lowest else tokens


@dataclass(frozen=True, slots=True)
class _Open:
    """A brace that awaits its partner: where it is, and whether its body stands right of its line's `indent`."""

    start: int
    indent: int
    indented: bool

    def ends_before(self, kind: str, indent: int) -> bool:
        """Whether a line that begins with `kind` at `indent` cannot belong to the block."""
        closing = kind in ("RBRACE", "AND", "OR")
        return self.indented and (indent < self.indent or (indent == self.indent and not closing))


class _Repair:
    """One pass with a stack of open braces.

    Indentation is heard only as often as the count says that a brace is wrong: `missing` closing ones, less than zero
    if there are too many. The present line begins at index `line` of `out` and at the character `begins`, `indent`
    columns from the left.
    """

    def __init__(self, tokens: Tokens, faults: Faults, *, missing: int) -> None:
        self.tokens = tokens
        self.faults = faults
        self.missing = missing
        self.out = Tokens()
        self.opened: list[_Open] = []
        self.line = 0
        self.begins = 0
        self.indent = 0

    def run(self) -> Tokens:
        fresh = True
        for i, (kind, start, end) in enumerate(
            zip(self.tokens.kinds, self.tokens.starts, self.tokens.ends, strict=True)
        ):
            begins_line, fresh = fresh, kind == LINE
            if begins_line and kind != LINE:
                self._begin_line(kind, start, end)
            if kind == "LBRACE":
                indented = _body_is_indented(self.tokens, i, self.indent, self.faults.source.text)
                self.opened.append(_Open(start, self.indent, indented))
            elif kind == "RBRACE" and not self._closes(begins_line):
                self.missing += 1
                self.faults.add((start, end), "this `}` closes nothing", hint="remove it")
                continue
            self.out.append(kind, start, end)
        while self.opened:
            self._add_closing()
        return self.out

    def _begin_line(self, kind: str, start: int, end: int) -> None:
        """Add the braces that must have been meant before a line that stands where it does."""
        indent = _indent(self.faults.source.text, start)
        while self.missing > 0 and self.opened and self.opened[-1].ends_before(kind, indent):
            self.missing -= 1
            self._add_closing((start, end, "it should be closed before this line"))
        line = self.out.kinds[self.line :]
        if self.missing < 0 and indent > self.indent and line and line[0] in _HEADS and "LBRACE" not in line:
            self.missing += 1
            self._add_opening()
        self.line = len(self.out.kinds)
        self.begins = start
        self.indent = indent

    def _add_opening(self) -> None:
        """Report a header without a brace, and add the brace at the end of its line."""
        out = self.out
        while out.kinds[-1] == LINE:
            out.pop()
        start, end = out.starts[self.line], out.ends[-1]
        word = self.faults.source.text[start : out.ends[self.line]]
        self.faults.add((start, end), f"`{word}` begins a block", hint="write `{` at the end of the line")
        self.opened.append(_Open(end, self.indent, indented=True))
        out.append("LBRACE", end, end)
        out.append(LINE, end, end)

    def _closes(self, begins_line: bool) -> bool:
        """Whether a closing brace has a partner, which it then leaves without.

        If there are too many, it stands level with the header or on the header's own line.
        """
        if not self.opened:
            return False
        brace = self.opened[-1]
        fits = self.indent <= brace.indent if begins_line else brace.start >= self.begins
        if self.missing < 0 and not fits:
            return False
        self.opened.pop()
        return True

    def _add_closing(self, *labels: tuple[int, int, str]) -> None:
        """Report the innermost open brace and add its partner, on a line of its own."""
        at = self.opened.pop().start
        message, hint = "this `{` is never closed", "write `}` where its block ends"
        self.faults.add((at, at + 1), message, code=Code.UNCLOSED, labels=labels, hint=hint)
        end = self.out.ends[-1]
        self.out.append("RBRACE", end, end)
        self.out.append(LINE, end, end)


def _body_is_indented(tokens: Tokens, brace: int, indent: int, text: str) -> bool:
    """Whether what follows the brace stands on its line, or further right than `indent` on a later one."""
    following = brace + 1
    while following < len(tokens.kinds) and tokens.kinds[following] == LINE:
        following += 1
    if following in (brace + 1, len(tokens.kinds)):
        return True
    return _indent(text, tokens.starts[following]) > indent


def _indent(text: str, offset: int) -> int:
    """The columns of blank space before the first token of a line."""
    return len(text[text.rfind("\n", 0, offset) + 1 : offset].expandtabs(8))
