"""What the language has and this version does not plan yet: refused by name, never ignored."""

from __future__ import annotations

from placelang.check.faults import Faults
from placelang.codes import Code
from placelang.diagnostics import Span

NOT_SUPPORTED_YET = ("several variants",)
"""The exact list; each is one diagnostic at its construct, whatever stands inside."""


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
