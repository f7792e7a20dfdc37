"""Policies: their clauses judged, and sorted by what they bind: services, hosts or sites."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placelang import syntax
from placelang.check.bind import Acceptance, Ceiling, Extent, Laid, Prohibition, bind
from placelang.check.container import check_capability
from placelang.check.declarations import Declarations
from placelang.check.expressions import condition
from placelang.check.faults import describe, quoted
from placelang.check.judge import SERVICE, binds
from placelang.check.literals import offer
from placelang.check.needs import Supplies
from placelang.check.placement import Place, check_constraint, check_filter, weight_of
from placelang.check.scope import Scope
from placelang.check.sidecars import Fleet
from placelang.check.values import integer, positive, settled
from placelang.check.windows import check_window
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.facts import AMOUNTS, FACTS, PLURALS
from placelang.policies import ChangeOnly, MostReplicas, MostTransfer, Policy, Reserve, Within
from placelang.program import App
from placelang.types import BYTES, PERCENT, spell

_MOST = 1_000_000
_WHOLE = 100.0

Part = Laid | Reserve | MostReplicas | ChangeOnly | MostTransfer


def check_policies(
    declarations: Declarations, apps: Sequence[App], fleet: Fleet, scope: Scope
) -> tuple[tuple[App, ...], tuple[Policy, ...]]:
    """The apps with all that policies lay on their services, and the rest of each policy, by name."""
    laid: list[Laid] = []
    policies = []
    for node in declarations.policies:
        parts = list(_parts(node, apps, fleet, scope))
        laid += [part for part in parts if isinstance(part, Laid)]
        policies.append(
            Policy(
                name=node.name.text,
                reserves=tuple(part for part in parts if isinstance(part, Reserve)),
                limits=tuple(part for part in parts if isinstance(part, MostReplicas)),
                windows=tuple(part for part in parts if isinstance(part, ChangeOnly)),
                transfers=tuple(part for part in parts if isinstance(part, MostTransfer)),
                span=Span(node.span.path, node.span.start, node.name.span.end),
            )
        )
    bound = bind(apps, laid, declarations, scope.faults)
    return bound, tuple(sorted(policies, key=lambda policy: policy.name))


def _parts(node: syntax.Policy, apps: Sequence[App], fleet: Fleet, scope: Scope) -> Iterator[Part]:
    everywhere = Extent(node.name.text)
    for clause in node.clauses:
        if not isinstance(clause, syntax.Scope):
            yield from _clause(clause, everywhere, apps, fleet, scope)
            continue
        extent = _extent(clause, node.name.text, scope)
        for inner in clause.clauses:
            found = list(_clause(inner, extent or everywhere, apps, fleet, scope))
            yield from found if extent is not None else ()


def _extent(node: syntax.Scope, policy: str, scope: Scope) -> Extent | None:
    """What a block binds; None if its filter is at fault."""
    noun = PLURALS[node.noun.text]
    predicate = condition(node.predicate, scope.inside(noun))
    if predicate is None:
        return None
    span = Span(node.span.path, node.span.start, node.predicate.span.end)
    if noun == SERVICE:
        return Extent(policy, services=predicate)
    return Extent(policy, within=Within(noun, predicate, span))


def _clause(
    node: syntax.PolicyClause, extent: Extent, apps: Sequence[App], fleet: Fleet, scope: Scope
) -> Iterator[Part]:
    match node:
        case syntax.Prefer():
            yield from _constraint(node.constraint, node, extent, fleet, scope)
        case syntax.Accept() | syntax.Priority() | syntax.Forbid():
            yield from _judgement(node, extent, scope)
        case syntax.AtMostReplicas():
            yield from _limit(node, extent, scope)
        case syntax.AtMostTransfer():
            yield from _transfer(node, extent, scope)
        case syntax.ChangeOnly():
            yield from _change(node, extent, apps, scope)
        case _:
            yield from _constraint(node, None, extent, fleet, scope)


def _judgement(
    node: syntax.Accept | syntax.Priority | syntax.Forbid, extent: Extent, scope: Scope
) -> Iterator[Laid]:
    """What services have to be."""
    match node:
        case syntax.Accept():
            accepted = condition(node.predicate, scope.inside(SERVICE))
            if accepted is not None:
                yield Laid(extent, Acceptance(accepted, node.span))
        case syntax.Priority():
            most = integer(node.value, "a priority", scope, low=0, high=1000)
            if most is not None:
                yield Laid(extent, Ceiling(most, node.span))
        case syntax.Forbid():
            if node.capability is None or check_capability(node.capability, scope):
                name = node.capability.text if node.capability else None
                yield Laid(extent, Prohibition(node.what, name, node.span))


def _constraint(
    node: syntax.Constraint, prefer: syntax.Prefer | None, extent: Extent, fleet: Fleet, scope: Scope
) -> Iterator[Part]:
    match node:
        case syntax.Reserve():
            yield from _reserve(node, prefer, extent, fleet.supplies, scope)
        case syntax.Where() if PLURALS[node.noun.text] == SERVICE:
            accepted = condition(node.predicate, scope.inside(SERVICE))
            if accepted is not None:
                yield Laid(extent, Acceptance(accepted, node.span))
        case syntax.Where():
            found = check_filter(node, prefer, scope)
            if found is not None:
                yield Laid(extent, found)
        case syntax.Link() if extent.within is not None:
            message = "a link leads to other sites, and this is about some places only"
            hint = "write it in `services where …`"
            scope.faults.error(Code.MISPLACED, (prefer or node).span, message, hint=hint)
        case _:
            constraint = check_constraint(node, prefer, Place(scope, "", "", fleet.services))
            if constraint is not None:
                yield Laid(extent, constraint)


# --- what hosts and sites are bound by -------------------------------------------------------------------------------


def _about_places(node: syntax.PolicyClause, extent: Extent, what: str, hint: str, scope: Scope) -> bool:
    """Whether a clause that is about places does not stand in `services where`."""
    if extent.services is not None:
        message = f"{what}, whichever services run there"
        scope.faults.error(Code.MISPLACED, node.span, message, hint=hint)
    return extent.services is None


def _limit(node: syntax.AtMostReplicas, extent: Extent, scope: Scope) -> Iterator[MostReplicas]:
    count = integer(node.count, "the number of replicas", scope, low=0, high=_MOST)
    hint = "write it in `hosts where …`; `at most N per host` limits one service"
    right = _about_places(node, extent, "`at most N replicas` limits a host", hint, scope)
    if count is not None and right:
        yield MostReplicas(count, extent.within, node.span)


def _transfer(node: syntax.AtMostTransfer, extent: Extent, scope: Scope) -> Iterator[MostTransfer]:
    amount = positive(node.amount, BYTES, "what an uplink carries in a day", scope)
    hint = "write it in `sites where …`"
    right = _about_places(node, extent, "`at most … per day` limits the uplink of a site", hint, scope)
    if right and extent.within is not None and extent.within.noun != "site":
        message = "`at most … per day` limits the uplink of a site, not of a host"
        scope.faults.error(Code.MISPLACED, node.span, message, hint=hint)
    elif right and amount is not None:
        yield MostTransfer(amount, extent.within, node.span)


def _change(
    node: syntax.ChangeOnly, extent: Extent, apps: Sequence[App], scope: Scope
) -> Iterator[ChangeOnly]:
    window = check_window(node.window, scope)
    closed = (node.first_closed, node.last_closed)
    if closed[0] is not None and closed[1] is not None and closed[0] > closed[1]:
        message = f"{closed[0]} to {closed[1]} goes backwards"
        hint = f"write `except {closed[1]} to {closed[0]}`"
        scope.faults.error(Code.OUT_OF_RANGE, node.span, message, hint=hint)
        return
    services = None
    if extent.services is not None:
        bound = [s.name for app in apps for s in app.services if binds(extent.services, s)]
        services = tuple(sorted(bound))
    if window is not None:
        days = (closed[0], closed[1]) if closed[0] is not None and closed[1] is not None else None
        yield ChangeOnly(window, days, services, extent.within, node.span)


def _reserve(
    node: syntax.Reserve, prefer: syntax.Prefer | None, extent: Extent, supplies: Supplies, scope: Scope
) -> Iterator[Reserve]:
    name = node.resource.text
    fact, spec = AMOUNTS.get(name), supplies.get(name)
    scope.tables.used.add((None, "resource", name))
    hint = "write it in `hosts where …`"
    right = _about_places(prefer or node, extent, "`reserve` keeps something free on a host", hint, scope)
    if fact is None and name not in supplies:
        scope.faults.unknown(
            node.resource.span,
            f"there is no resource {quoted(name)}",
            name,
            (*AMOUNTS, *supplies),
            hint="only amounts are kept free: " + ", ".join(f"`{one}`" for one in (*AMOUNTS, *supplies)),
        )
    kind = FACTS["host"][fact].type if fact else spec.type if spec else None
    found = settled(node.amount, None, "what is kept free", scope)
    if kind is None or found is None or not right:
        return
    weight, span = weight_of(prefer, scope), (prefer or node).span
    if found.type == PERCENT and isinstance(found.value, float):
        if 0 < found.value <= _WHOLE:
            yield Reserve(name, fact, None, found.value, weight, extent.within, span)
        else:
            message = f"a share is more than 0% and at most 100%, and this is {spell(found.value, PERCENT)}"
            scope.faults.error(Code.OUT_OF_RANGE, node.amount.span, message)
    elif found.type != kind:
        message = f"{quoted(name)} is kept free by {describe(kind)} or a percent, and this is {describe(found.type)}"
        scope.faults.error(Code.WRONG_TYPE, node.amount.span, message, hint=offer(node.amount, kind))
    else:
        amount = positive(node.amount, kind, "what is kept free", scope)
        if amount is not None:
            yield Reserve(name, fact, amount, None, weight, extent.within, span)
