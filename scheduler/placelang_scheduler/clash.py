"""What keeps groups out: `clash` within them, `crowd` around them; and whether they can be in: `seat`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from placelang_scheduler.hours import peak
from placelang_scheduler.model import Guard, Model, weigh
from placelang_scheduler.parts import Scope, compose
from placelang_scheduler.reasons import Kind
from placelang_scheduler.rules import candidates
from placelang_scheduler.rules.sharing import share_of
from placelang_scheduler.search import search
from placelang_scheduler.solution import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.needs import Needs
    from placelang_scheduler.parts import Part

_BUILT = 20_000
"""Counts of a model that take about as long to build as one unit of search."""


def clash(needs: Needs, group: int, budget: Budget) -> tuple[Reason, ...]:
    """Constraints and resources that cannot all hold even if the group were alone with what it needs: without any one
    of them, as far as that could be decided, the others can. Empty where it fits, or where that is not known."""
    alone = _alone(needs, group)
    model = Model([alone], guarded=True)
    budget.units -= alone.size / _BUILT
    _force(model, needs.required(group))
    core = {} if model.coarse else _core(model, dict(model.guards), budget)
    for guard in tuple(core):
        fewer = {other: literal for other, literal in core.items() if other != guard}
        if guard in core:
            core = _core(model, fewer, budget) or core
    return tuple(_conflict(alone, guard) for guard in core)


def _conflict(part: Part, guard: Guard) -> Reason:
    """The reason that a guard stands for; a resource with what is needed of it in all, and what there is."""
    if guard.resource is None:
        return Reason(Kind.CONFLICT, constraint=guard.constraint)
    amounts: dict[int, int] = {}
    need = have = 0
    for index in part.workloads:
        workload = part.problem.workloads[index]
        amounts[index] = workload.demand.get(guard.resource, 0) * workload.minimum
        for demand in workload.devices:
            if guard.resource == (share_of(demand.kind) if demand.share else demand.kind):
                need += demand.count * max(1, demand.share) * workload.minimum
    need += peak(part.problem, amounts)
    for host in part.hosts:
        shape = part.problem.hosts[host]
        have += shape.capacity.get(guard.resource, 0)
        have += sum(device.count for device in shape.devices if device.kind == guard.resource)
        have += sum(device.lends for device in shape.devices if share_of(device.kind) == guard.resource)
    return Reason(Kind.CONFLICT, resource=guard.resource, need=need, have=have, hosts=part.hosts)


def crowd(
    part: Part, groups: Sequence[int], admitted: Collection[int], budget: Budget
) -> tuple[int, ...] | None:
    """The groups of `admitted` to leave out so that `groups` are admitted: few, and of low priority. None where none
    were found within the budget."""
    model = Model([part])
    budget.units -= part.size / _BUILT
    _force(model, groups)
    rivals = sorted(set(admitted) - set(groups))
    terms = [(model.admitted[rival], -1 - part.problem.groups[rival].priority) for rival in rivals]
    model.cp.minimize(weigh(terms))
    values = search(model.cp, budget).values
    if values is None:
        return None
    return tuple(rival for rival in rivals if not values[model.admitted[rival].index])


def seat(part: Part, budget: Budget) -> bool:
    """Whether a placement that admits all open groups of `part` is found within the budget."""
    model = Model([part])
    budget.units -= part.size / _BUILT
    _force(model, sorted(part.open))
    return search(model.cp, budget).values is not None


def _alone(needs: Needs, group: int) -> Part:
    """The group with what it needs, and all the room that they have before constraints and capacities."""
    problem = needs.problem
    groups = needs.related(group)
    workloads = tuple(sorted(index for other in groups for index in needs.members[other]))
    room = {
        index: {host: most for host, most in candidates.places(problem.workloads[index]) if most}
        for index in workloads
    }
    constraints = {
        constraint.id: constraint for index in workloads for constraint in needs.limits.get(index, ())
    }
    return compose(Scope(problem, groups, workloads, (), tuple(constraints.values())), room)


def _force(model: Model, groups: Sequence[int]) -> None:
    for group in groups:
        model.define([(model.admitted[group], 1)], low=1)


def _core(model: Model, guards: dict[Guard, cp_model.IntVar], budget: Budget) -> dict[Guard, cp_model.IntVar]:
    """Those of `guards` that clash, empty if that is not shown. An undecided question counts as no clash."""
    model.cp.clear_assumptions()
    model.cp.add_assumptions(list(guards.values()))
    wanted = search(model.cp, budget).core
    return {guard: literal for guard, literal in guards.items() if literal.index in wanted}
