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
    return _repaired(tokens, faults, missing=depth, extra=-depth) if depth or lowest else tokens


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


def _repaired(tokens: Tokens, faults: Faults, missing: int, extra: int) -> Tokens:
    """One pass with a stack; indentation is heard only as often as the count says that a brace is wrong."""
    text = faults.source.text
    out = Tokens()
    opened: list[_Open] = []
    fresh = True
    indent = 0
    for i, (kind, start, end) in enumerate(zip(tokens.kinds, tokens.starts, tokens.ends, strict=True)):
        begins_line, fresh = fresh, kind == LINE
        if begins_line and kind != LINE:
            indent = _indent(text, start)
            while missing > 0 and opened and opened[-1].ends_before(kind, indent):
                missing -= 1
                _close(opened.pop(), out, faults, ((start, end, "it should be closed before this line"),))
        if kind == "LBRACE":
            opened.append(_Open(start, indent, _body_is_indented(tokens, i, indent, text)))
        elif kind == "RBRACE":
            beyond = begins_line and extra > 0 and opened and indent > opened[-1].indent
            if beyond or not opened:
                extra -= 1
                faults.add((start, end), "this `}` closes nothing", hint="remove it")
                continue
            opened.pop()
        out.append(kind, start, end)
    while opened:
        _close(opened.pop(), out, faults)
    return out


def _close(brace: _Open, out: Tokens, faults: Faults, labels: tuple[tuple[int, int, str], ...] = ()) -> None:
    """Report an open brace and add its partner, on a line of its own."""
    message = "this `{` is never closed"
    faults.add(
        (brace.start, brace.start + 1),
        message,
        code=Code.UNCLOSED,
        labels=labels,
        hint="write `}` where its block ends",
    )
    end = out.ends[-1]
    out.append("RBRACE", end, end)
    out.append(LINE, end, end)


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
