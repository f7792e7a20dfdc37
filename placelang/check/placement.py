"""Where replicas may run and how they stand to each other: filters, constraints, topology keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from placelang import syntax
from placelang.check.expressions import condition
from placelang.check.faults import describe, quoted
from placelang.check.links import check_bounds
from placelang.check.names import undeclared
from placelang.check.scope import WRONG, Scope, Wrong
from placelang.check.values import integer
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.facts import KEYS, PLURALS
from placelang.frozen import dataclass
from placelang.program import (
    AtLeast,
    AtMost,
    Constraint,
    Different,
    Filter,
    Key,
    Link,
    Replicas,
    Same,
    Spread,
    Survive,
)
from placelang.types import STRING

MOST_REPLICAS = 1_000_000
MOST_LOST = 3
"""Hosts or zones that may be lost at once."""

_BARE = {
    "site": ("site", "name"),
    "host": ("host", "name"),
    "zone": ("host", "zone"),
    "rack": ("host", "rack"),
}
"""The keys without prefix, each with the fact that it reads."""
_LOST = ("host", "zone")
SITE = Key(*_BARE["site"], "site")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a clause stands: `service` is the full name of its own, `named` are all that `app.service` can name."""

    scope: Scope
    app: str
    service: str
    named: Mapping[str, object]


def check_filter(node: syntax.Where, prefer: syntax.Prefer | None, scope: Scope) -> Filter | None:
    """`sites where P` or `hosts where P`."""
    noun = PLURALS[node.noun.text]
    predicate = condition(node.predicate, scope.inside(noun))
    weight = weight_of(prefer, scope)
    return Filter(noun, predicate, weight, (prefer or node).span) if predicate else None


def weight_of(prefer: syntax.Prefer | None, scope: Scope) -> int | None:
    """The weight of a preference, 1 where it states none; None for a hard constraint."""
    if prefer is None:
        return None
    if prefer.weight is None:
        return 1
    return integer(prefer.weight, "a weight", scope, low=1, high=10) or 1


def check_constraint(
    node: syntax.Constraint, prefer: syntax.Prefer | None, place: Place
) -> Constraint | None:
    """Any constraint but a filter, hard or preferred; None, said why, if it is at fault."""
    scope = place.scope
    weight, span = weight_of(prefer, scope), (prefer or node).span
    match node:
        case syntax.Spread() | syntax.AtMostPer() | syntax.AtLeastDifferent():
            return _counted(node, weight, span, scope)
        case syntax.Same() | syntax.Different():
            key, service = check_key(node.key, scope), check_service(node.service, place)
            kind = Same if isinstance(node, syntax.Same) else Different
            return kind(key, service, weight, span) if key and service else None
        case syntax.Link():
            bounds, service = check_bounds(node, scope), check_service(node.service, place)
            if bounds is None or service is None:
                return None
            return Link(
                SITE, service, node.every, bounds.get("latency"), bounds.get("bandwidth"), weight, span
            )
        case syntax.Reserve():
            scope.faults.error(Code.MISPLACED, node.span, "`reserve` belongs in a policy")
        case syntax.Survive():
            lost, count = (
                _lost(node.of, scope),
                integer(node.count, "`survive`", scope, low=1, high=MOST_LOST),
            )
            return Survive(count, lost, place.service or place.app, weight, span) if lost and count else None
        case syntax.Where():
            raise TypeError(node)
        case _:
            assert_never(node)
    return None


def _counted(
    node: syntax.Spread | syntax.AtMostPer | syntax.AtLeastDifferent,
    weight: int | None,
    span: Span,
    scope: Scope,
) -> Spread | AtMost | AtLeast | None:
    match node:
        case syntax.Spread():
            key = check_key(node.over, scope)
            skew = _count(node.skew, "the skew", scope) if node.skew else 1
            return Spread(key, skew, weight, span) if key and skew else None
        case syntax.AtMostPer():
            count, key = _count(node.count, "`at most`", scope), check_key(node.per, scope)
            return AtMost(count, key, weight, span) if key and count else None
        case syntax.AtLeastDifferent():
            count, key = _count(node.count, "`at least`", scope), check_key(node.key, scope)
            return AtLeast(count, key, weight, span) if key and count else None


def _survive(node: syntax.Survive, weight: int | None, span: Span, place: Place) -> Survive | None:
    key = _lost(node.of, place.scope)
    count = integer(node.count, "`survive`", place.scope, low=1, high=MOST_LOST)
    return Survive(count, key, place.service or place.app, weight, span) if key and count else None


def on_each_host(replicas: Replicas) -> bool:
    """Whether there is one on each host, which has nowhere else to go."""
    per = replicas.per
    return per is not None and (per.noun, per.fact) == _BARE["host"]


def _lost(name: syntax.Name, scope: Scope) -> Key | None:
    """What may be lost: hosts or zones."""
    if name.text in _LOST:
        return Key(*_BARE[name.text], name.text)
    message = f"what is survived is the loss of hosts or zones, not of {quoted(name.text)}"
    scope.faults.unknown(
        name.span, message, name.text, _LOST, hint="write `survive 1 host` or `survive 1 zone`"
    )
    return None


def _count(node: syntax.Expression, what: str, scope: Scope) -> int | None:
    return integer(node, what, scope, low=1, high=MOST_REPLICAS)


# --- keys ----------------------------------------------------------------------------------------------------------


def check_key(name: syntax.Name, scope: Scope) -> Key | None:
    """What `per`, `over`, `same` and `different` name: `site host zone rack`, or a text fact with its noun."""
    bare = _BARE.get(name.text)
    if bare is not None:
        return Key(*bare, name.text)
    noun, _, fact = name.text.partition(".")
    spec = scope.fact(noun, fact) if noun in ("site", "host") else None
    if isinstance(spec, Wrong):
        return None
    found = spec if spec and spec.of is None else undeclared(name, scope.at_host())
    if found is None:
        _unknown_key(name, scope)
        return None
    if found.type != STRING:
        scope.faults.error(
            Code.WRONG_TYPE,
            name.span,
            f"replicas are kept apart or together by text, and {quoted(name.text)} is {describe(found.type)}",
            hint="name a text fact or label, or one of " + ", ".join(f"`{key}`" for key in KEYS),
        )
        return None
    return Key(found.noun, found.name, name.text)


def _unknown_key(name: syntax.Name, scope: Scope) -> None:
    text = name.text
    facts = _text_facts(scope) if scope.faults.offers else []
    known: tuple[str, ...] = ()
    meant = (
        PLURALS[text]
        if PLURALS.get(text) in KEYS
        else next((f for f in facts if f.endswith(f".{text}")), None)
    )
    if meant is not None:
        hint = f"write `{meant}`"
    else:
        keys = ", ".join(f"`{key}`" for key in KEYS)
        hint = f"keys are {keys}, and text facts with their noun, such as `site.country`"
        known = (*KEYS, *facts)
    scope.faults.unknown(name.span, f"{quoted(text)} is no key", text, known, hint=hint, fix=meant or "")


def _text_facts(scope: Scope) -> list[str]:
    """The facts that can be keys, the host's first, declared or found in the inventory."""
    found = []
    for noun in ("host", "site"):
        specs = scope.tables.facts[None][noun]
        found += [
            f"{noun}.{fact}" for fact, spec in specs.items() if spec is not WRONG and spec.type == STRING
        ]
        labels = (scope.tables.inventory or {}).get(noun, {})
        found += [
            f"{noun}.{label}" for label, kind in labels.items() if kind == STRING and label not in specs
        ]
    return found


# --- other services ------------------------------------------------------------------------------------------------


def check_service(name: syntax.Name, place: Place, *, jobs: bool = False) -> str | None:
    """The full name of another service, or of a job where `jobs` will do; None, said why, if there is none of that
    name."""
    faults = place.scope.faults
    full = name.text if "." in name.text else f"{place.app}.{name.text}"
    if full == place.service:
        message = f"{quoted(name.text)} is this service itself"
        faults.error(Code.SELF_REFERENCE, name.span, message, hint="name another service")
        return None
    if full in place.named:
        if jobs or isinstance(place.named[full], syntax.Service):
            return full
        message = f"{quoted(name.text)} is a job, and its runs come and go"
        faults.error(Code.WRONG_TYPE, name.span, message, hint="name a service")
        return None
    named = place.named if faults.offers else {}
    elsewhere = [s for s in named if s.endswith(f".{name.text}")]
    known = {s.rpartition(".")[2]: s for s in named} | {s: s for s in named}
    own = [s.removeprefix(f"{place.app}.") for s in named if s.startswith(f"{place.app}.")]
    faults.unknown(
        name.span,
        f"there is no service {quoted(name.text)}",
        name.text,
        {} if elsewhere else known | {s: s for s in own},
        hint=f"write `{elsewhere[0]}`" if elsewhere else None,
        fix=elsewhere[0] if len(elsewhere) == 1 else "",
    )
    return None
