"""What the language has and this version does not plan yet: refused by name, never ignored."""

from __future__ import annotations

from collections.abc import Mapping

from placelang import syntax
from placelang.check.faults import Faults
from placelang.codes import Code
from placelang.diagnostics import Span

NOT_SUPPORTED_YET = (
    "several variants",
    "survive",
)
"""The exact list; each is one diagnostic at its construct, whatever stands inside."""

_BLOCKS: Mapping[type, str] = {
    syntax.Survive: "survive",
}


def not_supported(faults: Faults, span: Span, what: str) -> None:
    """Reports one use of `what`, which is on the list."""
    if what not in NOT_SUPPORTED_YET:
        raise ValueError(what)
    faults.error(
        Code.NOT_SUPPORTED_YET,
        span,
        f"`{what}` is not supported yet",
        hint="remove it for now: what cannot be planned yet is refused, never ignored",
    )


def refused(node: object, faults: Faults) -> bool:
    """Whether `node` is a construct of the list; if so, it is reported at its first words."""
    what = _BLOCKS.get(type(node))
    if what is None:
        return False
    not_supported(faults, _head(node), what)
    return True


def _head(node: object) -> Span:
    match node:
        case syntax.Survive():
            return node.span
    raise TypeError(node)
