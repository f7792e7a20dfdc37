"""`link S latency <= L, bandwidth >= B`: what may serve whom over a network."""

from __future__ import annotations

from collections.abc import Mapping

from placelang import syntax
from placelang.check.faults import Faults, quoted
from placelang.check.scope import Scope
from placelang.check.values import positive
from placelang.codes import Code
from placelang.types import BANDWIDTH, DURATION, Type

_LIMITS: Mapping[str, tuple[Type, str, str, str]] = {
    "latency": (DURATION, "<=", "5ms", "from above"),
    "bandwidth": (BANDWIDTH, ">=", "20Mbps", "from below"),
}
"""What of a link can be limited: its type, its relation, an example, and from which side."""


def check_bounds(node: syntax.Link, scope: Scope) -> Mapping[str, float] | None:
    """The limits in ms and bit/s, by name; None if one is at fault."""
    found: dict[str, float] = {}
    seen: dict[str, syntax.Bound] = {}
    sound = True
    for bound in node.bounds:
        limit = _limit(bound, scope)
        sound = sound and limit is not None
        first = seen.setdefault(bound.fact.text, bound)
        if first is not bound:
            _twice(bound, first, scope.faults)
            sound = False
        elif limit is not None:
            found[bound.fact.text] = limit
    return found if sound else None


def _limit(bound: syntax.Bound, scope: Scope) -> float | None:
    name = bound.fact.text
    if name not in _LIMITS:
        message = f"a link has no {quoted(name)}"
        hint = "limit its `latency` or `bandwidth`"
        scope.faults.unknown(bound.fact.span, message, name, _LIMITS, hint=hint)
        return None
    kind, relation, example, side = _LIMITS[name]
    limit = positive(bound.limit, kind, f"the {name} of a link", scope)
    if bound.operator != relation:
        message = f"the {name} of a link is limited {side}"
        scope.faults.error(Code.MALFORMED, bound.span, message, hint=f"write `{name} {relation} {example}`")
        return None
    return limit


def _twice(bound: syntax.Bound, first: syntax.Bound, faults: Faults) -> None:
    faults.error(
        Code.DUPLICATE,
        bound.span,
        f"{quoted(bound.fact.text)} stands twice in one `link`",
        labels=[(first.span, "first here")],
        hint="keep one of them",
    )
