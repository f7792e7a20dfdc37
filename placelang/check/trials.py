"""`shadow 20% for 10min, agreement >= 90%`, `canary 5% for 1h`: how a new version of a model is tried first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from placelang import syntax
from placelang.check.clauses import one
from placelang.check.faults import quoted
from placelang.check.scope import Scope
from placelang.check.values import constant, positive
from placelang.codes import Code
from placelang.operations import Trial
from placelang.types import DURATION, PERCENT, Type, spell

_LIMITS: Mapping[str, tuple[Type, str, str, str]] = {
    "errors": (PERCENT, "<=", "1%", "from above"),
    "latency": (DURATION, "<=", "80ms", "from above"),
    "agreement": (PERCENT, ">=", "90%", "from below"),
}
"""What of a trial can be limited: its type, its relation, an example, and from which side."""
_ERRORS = 1.0
_WHOLE = 100.0
_LONGEST = 31 * 86_400_000.0


def check_trial(nodes: Sequence[syntax.Shadow | syntax.Canary], what: str, scope: Scope) -> Trial | None:
    """A phase in which a new version is tried; None where there is none, or it is at fault."""
    node = one(nodes, what, scope)
    if node is None:
        return None
    share = _percent(node.share, f"the share of a {what}", scope, least=False)
    lasts = positive(node.lasts, DURATION, f"how long a {what} lasts", scope)
    if lasts is not None and not 1 <= lasts <= _LONGEST:
        message = f"a {what} lasts from 1ms to 31d"
        scope.faults.error(Code.OUT_OF_RANGE, node.lasts.span, message)
        lasts = None
    limits = _limits(node, what, scope)
    if share is None or lasts is None or limits is None:
        return None
    return Trial(
        share=share,
        lasts_ms=round(lasts),
        errors=limits.get("errors", _ERRORS),
        latency_ms=limits.get("latency"),
        agreement=limits.get("agreement"),
    )


def _limits(node: syntax.Shadow | syntax.Canary, what: str, scope: Scope) -> Mapping[str, float] | None:
    """The limits by name; None if one is at fault."""
    known = {name: of for name, of in _LIMITS.items() if what == "shadow" or name != "agreement"}
    found: dict[str, float] = {}
    seen: dict[str, syntax.Bound] = {}
    for bound in node.bounds:
        name = bound.fact.text
        first = seen.setdefault(name, bound)
        if first is not bound:
            scope.faults.error(
                Code.DUPLICATE,
                bound.span,
                f"{quoted(name)} stands twice in one `{what}`",
                labels=[(first.span, "first here")],
                hint="keep one of them",
            )
        elif name not in known:
            names = ", ".join(f"`{one}`" for one in known)
            hint = f"limit one of {names}"
            scope.faults.unknown(bound.fact.span, f"a {what} has no {quoted(name)}", name, known, hint=hint)
        elif (limit := _limit(bound, what, scope)) is not None:
            found[name] = limit
    return found if len(found) == len(node.bounds) else None


def _limit(bound: syntax.Bound, what: str, scope: Scope) -> float | None:
    name = bound.fact.text
    kind, relation, example, side = _LIMITS[name]
    if bound.operator != relation:
        message = f"the {name} of a {what} is limited {side}"
        scope.faults.error(Code.MALFORMED, bound.span, message, hint=f"write `{name} {relation} {example}`")
        return None
    if kind is PERCENT:
        return _percent(bound.limit, f"the {name} of a {what}", scope, least=True)
    return positive(bound.limit, kind, f"the {name} of a {what}", scope)


def _percent(node: syntax.Expression, what: str, scope: Scope, *, least: bool) -> float | None:
    """A percentage up to 100%, of 0% only where that may be `least`."""
    found = constant(node, PERCENT, what, scope)
    if not isinstance(found, float):
        return None
    if (found > 0 or (least and found == 0)) and found <= _WHOLE:
        return found
    low = "from 0%" if least else "more than 0%"
    message = f"{what} is {low} to 100%, and this is {spell(found, PERCENT)}"
    scope.faults.error(Code.OUT_OF_RANGE, node.span, message)
    return None
