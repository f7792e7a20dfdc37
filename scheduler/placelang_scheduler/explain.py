"""`explain`: why groups are left out that arithmetic alone did not rule out.

Enters a solution in the making; leaves each left-out group with whether that is proved, and with reasons:
what it requires that is left out; or which constraints and resources clash even if it were alone; or which groups
take the room, the fewest and lowest in priority whose absence would do, and what is short beside what is placed.
Beside reasons there is a core: what cannot all hold with the group, other groups included.
Building a model is counted like searching it, so that the work ends with the budget.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from placelang_scheduler.hours import peak
from placelang_scheduler.needs import Needs
from placelang_scheduler.parts import LARGE
from placelang_scheduler.reasons import Kind
from placelang_scheduler.rules.devices import largest
from placelang_scheduler.rules.sharing import share_of
from placelang_scheduler.solution import LeftOut, Proof, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.drafts import Draft
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.solution import Core

_CORES = 1.0
"""Units for all cores that have other groups in them: whoever asks for one can have it by itself."""
_ROOM = frozenset({Kind.CROWDED, Kind.DISPLACED, Kind.UNDECIDED})
"""What says that others take the room, or may."""


def explain(
    problem: Problem, drafts: Sequence[Draft], barred: Mapping[int, tuple[Reason, ...]], budget: Budget
) -> tuple[LeftOut, ...]:
    """Every left-out group, in order."""
    found = {group: LeftOut(group, Proof.PROVED, reasons) for group, reasons in barred.items()}
    missing = [(one, group) for one in drafts for group in sorted(one.part.open - one.state.admitted)]
    if missing:
        needs = Needs(problem, frozenset(found) | {group for _, group in missing})
        for number, (one, group) in enumerate(missing):
            with budget.share(1 / (len(missing) - number)) as share:
                found[group] = _left_out(one, group, needs, share)
        if not budget.spent:
            with budget.share(min(1.0, _CORES / budget.units)) as share:
                found |= _with_cores(missing, found, needs, share)
    return tuple(found[group] for group in sorted(found))


def listed(
    problem: Problem, drafts: Sequence[Draft], barred: Mapping[int, tuple[Reason, ...]]
) -> tuple[LeftOut, ...]:
    """Every left-out group, in order, without the reasons that have to be searched for."""
    found = {group: LeftOut(group, Proof.PROVED, reasons) for group, reasons in barred.items()}
    for one in drafts:
        for group in one.part.open - one.state.admitted:
            proof = Proof.PROVED if _is_proved(problem, one, group) else Proof.NOT_PROVED
            found[group] = LeftOut(group, proof, ())
    return tuple(found[group] for group in sorted(found))


def standing(problem: Problem, admitted: Iterable[int], group: int) -> tuple[int, ...]:
    """Of the groups that are placed, those that need not give way to `group`."""
    lowest = problem.groups[group].priority
    return tuple(other for other in admitted if problem.groups[other].priority >= lowest)


def _with_cores(
    missing: Sequence[tuple[Draft, int]], found: Mapping[int, LeftOut], needs: Needs, budget: Budget
) -> Iterator[tuple[int, LeftOut]]:
    """The groups for which others take the room, as far as a core is found."""
    for one, group in missing:
        left = found[group]
        if any(reason.kind in _ROOM for reason in left.reasons) and one.part.size <= LARGE:
            from placelang_scheduler.cores import find_core  # noqa: PLC0415 - the solver is loaded where it is needed

            with budget.share(_HALF) as share:
                others = standing(needs.problem, sorted(one.state.admitted), group)
                yield group, replace(left, core=find_core(needs, group, others, share))


_HALF = 0.5


def _is_proved(problem: Problem, one: Draft, group: int) -> bool:
    """Whether the levels that say so are proved: those of its own priority and all before."""
    wanted = f"placed {problem.groups[group].priority}"
    for goal, value, bound in zip(one.goals, one.values, one.bounds, strict=True):
        if value > bound:
            return False
        if goal.name == wanted:
            return True
    raise AssertionError(f"no level {wanted}")


def _left_out(one: Draft, group: int, needs: Needs, budget: Budget) -> LeftOut:
    problem = needs.problem
    proof = Proof.PROVED if _is_proved(problem, one, group) else Proof.NOT_PROVED
    required = tuple(needs.lacking(group))
    if required:
        return LeftOut(group, proof, required)
    if budget.spent or one.part.size > LARGE:
        return LeftOut(group, proof, (*shortages(one, group), Reason(Kind.UNDECIDED)))
    from placelang_scheduler.cores import find_core  # noqa: PLC0415 - the solver is loaded where it is needed

    core = find_core(needs, group, (), budget)
    if core is not None:
        reasons = (*_conflicts(needs, group, core), *_breaking(needs, group, core, budget))
        return LeftOut(group, Proof.PROVED, reasons, core)
    return LeftOut(group, proof, tuple(_crowding(one, group, needs, budget)))


def _conflicts(needs: Needs, group: int, core: Core) -> Iterator[Reason]:
    """A reason for each constraint, and one for each resource on all hosts together, with what is needed of it in all
    and what there is."""
    hosts: dict[str, list[int]] = {}
    for one in core.members:
        if one.constraint is not None:
            yield Reason(Kind.CONFLICT, constraint=one.constraint)
        else:
            hosts.setdefault(str(one.resource or one.rule), []).extend(
                () if one.host is None else (one.host,)
            )
    for resource, where in hosts.items():
        yield _conflict(needs, group, resource, tuple(sorted(where)))


def _breaking(needs: Needs, group: int, core: Core, budget: Budget) -> tuple[Reason, ...]:
    """The loss that a member of the core does not survive."""
    guarantees = {one.id for one in needs.problem.constraints if one.keyword == "survive"}
    if not any(one.constraint in guarantees for one in core.members):
        return ()
    from placelang_scheduler.losses.why import alone, breaking  # noqa: PLC0415 - the solver is loaded where it is needed

    return breaking(alone(needs, group), needs.required(group), budget)


def _conflict(needs: Needs, group: int, resource: str, hosts: tuple[int, ...]) -> Reason:
    problem = needs.problem
    amounts: dict[int, int] = {}
    need = have = 0
    members = (index for other in needs.required(group) for index in needs.members[other])
    for one in problem.counts(members):
        worst = problem.workloads[one.workloads[-1]]
        amounts[one.workloads[-1]] = worst.demand.get(resource, 0) * one.minimum
        for demand in worst.devices:
            if resource == (share_of(demand.kind) if demand.share else demand.kind):
                need += demand.count * max(1, demand.share) * one.minimum
    need += peak(problem, amounts)
    for host in hosts:
        shape = problem.hosts[host]
        have += shape.capacity.get(resource, 0)
        have += sum(device.count for device in shape.devices if device.kind == resource)
        have += sum(device.lends for device in shape.devices if share_of(device.kind) == resource)
    return Reason(Kind.CONFLICT, resource=resource, need=need, have=have, hosts=hosts)


def _crowding(one: Draft, group: int, needs: Needs, budget: Budget) -> Iterator[Reason]:
    from placelang_scheduler.crowd import crowd  # noqa: PLC0415 - the solver is loaded where it is needed
    from placelang_scheduler.losses.why import breaking  # noqa: PLC0415

    rivals = crowd(one.part, needs.required(group), one.state.admitted, budget)
    short = breaking(one.part, {*needs.required(group), *one.state.admitted}, budget)
    if rivals:
        runs = any(one.part.problem.workloads[index].current for index in needs.members[group])
        yield from (Reason(Kind.DISPLACED if runs else Kind.CROWDED, group=rival) for rival in rivals)
    if rivals is None or rivals or short:
        yield from short or shortages(one, group)
    if rivals is None:
        yield Reason(Kind.UNDECIDED)
    elif not rivals and not short:
        yield Reason(Kind.OUTWEIGHED)


def shortages(one: Draft, group: int) -> Iterator[Reason]:
    """What is short beside what is placed: for the group in all, else for one replica of a workload, the worst of its
    variants."""
    needs: dict[str, dict[int, int]] = {}
    left: dict[str, dict[int, int]] = {}
    single = []
    problem = one.part.problem
    members = (index for index in one.part.workloads if problem.workloads[index].group == group)
    for counted in problem.counts(members):
        index, minimum = counted.workloads[-1], counted.minimum
        for resource, (need, free) in _beside(one, index).items():
            needs.setdefault(resource, {})[index] = need * minimum
            left.setdefault(resource, {}).update(free)
            if minimum and need > max(free.values()):
                single.append(
                    Reason(Kind.SHORTAGE, index, None, resource, need, max(free.values()), None, tuple(free))
                )
        if minimum:
            single += _shares(one, index, {reason.resource for reason in single})
    for resource in sorted(needs):
        have, need = sum(left[resource].values()), peak(problem, needs[resource])
        if have < need:
            hosts = tuple(sorted(left[resource]))
            yield Reason(Kind.SHORTAGE, resource=resource, need=need, have=have, hosts=hosts)
            single = [reason for reason in single if reason.resource != resource]
    yield from single


def _shares(one: Draft, index: int, known: Collection[str | None]) -> Iterator[Reason]:
    """Shares that are larger than what any one device has left, as things stand."""
    problem, hosts = one.part.problem, tuple(sorted(one.part.room[index]))
    for demand in problem.workloads[index].devices:
        resource = share_of(demand.kind)
        if demand.share and hosts and resource not in known:
            have = max(largest(problem, host, demand, one.state.present(host)) for host in hosts)
            if have < demand.share:
                yield Reason(Kind.SHORTAGE, index, None, resource, demand.share, have, None, hosts)


def _beside(one: Draft, index: int) -> dict[str, tuple[int, dict[int, int]]]:
    """Per resource: what a replica needs, and what each host where it may stand has left."""
    found: dict[str, tuple[int, dict[int, int]]] = {}
    for host in sorted(one.part.room[index]):
        for row, need in one.state.needs[index][host]:
            resource = one.part.rows[host][row].resource
            known, free = found.setdefault(resource, (need, {}))
            found[resource] = (max(known, need), free)
            free[host] = min(free.get(host, one.state.free[host][row]), one.state.free[host][row])
    return found
