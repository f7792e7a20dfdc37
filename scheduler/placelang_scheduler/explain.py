"""`explain`: why groups are left out that arithmetic alone did not rule out.

Enters a solution in the making; leaves each left-out group with whether that is proved, and with reasons:
what it requires that is left out; or which constraints and resources clash even if it were alone; or which groups
take the room, the fewest and lowest in priority whose absence would do, and what is short beside what is placed.
Building a model is counted like searching it, so that the work ends with the budget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.hours import peak
from placelang_scheduler.needs import Needs
from placelang_scheduler.parts import LARGE
from placelang_scheduler.reasons import Kind
from placelang_scheduler.rules.devices import largest
from placelang_scheduler.rules.sharing import share_of
from placelang_scheduler.solution import LeftOut, Proof, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.drafts import Draft
    from placelang_scheduler.problem import Problem


def explain(
    problem: Problem, drafts: Sequence[Draft], barred: Mapping[int, tuple[Reason, ...]], budget: Budget
) -> tuple[LeftOut, ...]:
    """Every left-out group, in order."""
    found = {group: LeftOut(group, Proof.PROVED, reasons) for group, reasons in barred.items()}
    missing = [(one, group) for one in drafts for group in sorted(one.part.open - one.state.admitted)]
    if missing:
        needs = Needs(problem, frozenset(found) | {group for _, group in missing})
        for number, (one, group) in enumerate(missing):
            proof = Proof.PROVED if _is_proved(problem, one, group) else Proof.NOT_PROVED
            with budget.share(1 / (len(missing) - number)) as share:
                found[group] = LeftOut(group, proof, tuple(_reasons(one, group, needs, share)))
    return tuple(found[group] for group in sorted(found))


def _is_proved(problem: Problem, one: Draft, group: int) -> bool:
    """Whether the levels that say so are proved: those of its own priority and all before."""
    wanted = f"placed {problem.groups[group].priority}"
    for goal, value, bound in zip(one.goals, one.values, one.bounds, strict=True):
        if value > bound:
            return False
        if goal.name == wanted:
            return True
    raise AssertionError(f"no level {wanted}")


def _reasons(one: Draft, group: int, needs: Needs, budget: Budget) -> Iterator[Reason]:
    required = tuple(needs.lacking(group))
    if required:
        yield from required
        return
    if budget.spent or one.part.size > LARGE:
        yield from shortages(one, group)
        yield Reason(Kind.UNDECIDED)
        return
    from placelang_scheduler.clash import clash, crowd  # noqa: PLC0415 - the solver is loaded where it is needed

    conflict = clash(needs, group, budget)
    if conflict:
        yield from conflict
        return
    rivals = crowd(one.part, needs.required(group), one.state.admitted, budget)
    if rivals is None:
        yield from shortages(one, group)
        yield Reason(Kind.UNDECIDED)
    elif not rivals:
        yield Reason(Kind.OUTWEIGHED)
    else:
        runs = any(one.part.problem.workloads[index].current for index in needs.members[group])
        yield from (Reason(Kind.DISPLACED if runs else Kind.CROWDED, group=rival) for rival in rivals)
        yield from shortages(one, group)


def shortages(one: Draft, group: int) -> Iterator[Reason]:
    """What is short beside what is placed: for the group in all, else for one replica of a workload."""
    needs: dict[str, dict[int, int]] = {}
    left: dict[str, dict[int, int]] = {}
    single = []
    for index in one.part.workloads:
        workload = one.part.problem.workloads[index]
        if workload.group != group:
            continue
        for resource, (need, free) in _beside(one, index).items():
            needs.setdefault(resource, {})[index] = need * workload.minimum
            left.setdefault(resource, {}).update(free)
            if workload.minimum and need > max(free.values()):
                single.append(
                    Reason(Kind.SHORTAGE, index, None, resource, need, max(free.values()), None, tuple(free))
                )
        if workload.minimum:
            single += _shares(one, index, {reason.resource for reason in single})
    for resource in sorted(needs):
        have, need = sum(left[resource].values()), peak(one.part.problem, needs[resource])
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
