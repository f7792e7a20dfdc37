"""Where replicas may run and how they stand to each other: filters, constraints, topology keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from placelang import syntax
from placelang.check.expressions import condition
from placelang.check.faults import describe, quoted
from placelang.check.scope import Scope, Wrong
from placelang.check.unsupported import refused
from placelang.check.values import integer
from placelang.codes import Code
from placelang.facts import KEYS, PLURALS
from placelang.program import AtLeast, AtMost, Constraint, Different, Filter, Key, Same, Spread
from placelang.types import STRING

MOST_REPLICAS = 1_000_000

_BARE = {
    "site": ("site", "name"),
    "host": ("host", "name"),
    "zone": ("host", "zone"),
    "rack": ("host", "rack"),
}
"""The keys without prefix, each with the fact that it reads."""


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
    if refused(node, scope.faults):
        return None
    weight, span = weight_of(prefer, scope), (prefer or node).span
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
        case syntax.Same() | syntax.Different():
            key, service = check_key(node.key, scope), check_service(node.service, place)
            kind = Same if isinstance(node, syntax.Same) else Different
            return kind(key, service, weight, span) if key and service else None
        case syntax.Reserve():
            scope.faults.error(Code.MISPLACED, node.span, "`reserve` belongs in a policy")
            return None
        case syntax.Where() | syntax.Link() | syntax.Survive():
            raise TypeError(node)
    assert_never(node)


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
    if spec is None or spec.of is not None:
        _unknown_key(name, scope)
        return None
    if spec.type != STRING:
        scope.faults.error(
            Code.WRONG_TYPE,
            name.span,
            f"replicas are kept apart or together by text, and {quoted(name.text)} is {describe(spec.type)}",
            hint="name a text fact or label, or one of " + ", ".join(f"`{key}`" for key in KEYS),
        )
        return None
    return Key(noun, spec.name, name.text)


def _unknown_key(name: syntax.Name, scope: Scope) -> None:
    text = name.text
    meant = next((f"{noun}.{text}" for noun in ("host", "site") if _is_text(noun, text, scope)), None)
    if PLURALS.get(text) in KEYS:
        meant = PLURALS[text]
    if meant is not None:
        scope.faults.unknown(name.span, f"{quoted(text)} is no key", text, (), hint=f"write `{meant}`")
        return
    facts = [
        f"{noun}.{fact}"
        for noun in ("site", "host")
        for fact in scope.tables.facts[None][noun]
        if _is_text(noun, fact, scope)
    ]
    hint = (
        "keys are "
        + ", ".join(f"`{key}`" for key in KEYS)
        + ", and text facts with their noun, such as `site.country`"
    )
    scope.faults.unknown(name.span, f"{quoted(text)} is no key", text, (*KEYS, *facts), hint=hint)


def _is_text(noun: str, fact: str, scope: Scope) -> bool:
    found = scope.fact(noun, fact)
    return found is not None and not isinstance(found, Wrong) and found.type == STRING


# --- other services ------------------------------------------------------------------------------------------------


def check_service(name: syntax.Name, place: Place) -> str | None:
    """The full name of another service; None, said why, if there is none of that name."""
    faults = place.scope.faults
    full = name.text if "." in name.text else f"{place.app}.{name.text}"
    if full == place.service:
        message = f"{quoted(name.text)} is this service itself"
        faults.error(Code.SELF_REFERENCE, name.span, message, hint="name another service")
        return None
    if full in place.named:
        return full if isinstance(place.named[full], syntax.Service) else None
    elsewhere = next((s for s in place.named if s.endswith(f".{name.text}")), None)
    known = {s.rpartition(".")[2]: s for s in place.named} | {s: s for s in place.named}
    own = [s.removeprefix(f"{place.app}.") for s in place.named if s.startswith(f"{place.app}.")]
    faults.unknown(
        name.span,
        f"there is no service {quoted(name.text)}",
        name.text,
        {} if elsewhere else known | {s: s for s in own},
        hint=f"write `{elsewhere}`" if elsewhere else None,
    )
    return None
