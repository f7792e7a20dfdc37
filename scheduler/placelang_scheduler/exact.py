"""`refine`: level by level with CP-SAT, each fixed before the next, starting from placements and their bounds.

Enter drafts in which every rule and hard constraint holds; they leave never worse, with a bound per level that is
proved: with the levels before it held at their values, no placement goes below. A level at its bound costs nothing.
Otherwise the solver looks for all of these bounds at once, then, level by level, for something strictly better: finding
none is the proof.

The last search of all looks for the plan that is nearest to the draft it began with, what runs now counting most:
among plans that the levels do not tell apart, the result is then one and the same, however the solver came to it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING
from zlib import crc32

from placelang_scheduler.drafts import bounds, ideal
from placelang_scheduler.even import FEWEST, even
from placelang_scheduler.improve import improve
from placelang_scheduler.losses.insure import broken_by, cover, insured
from placelang_scheduler.losses.left import losses_of
from placelang_scheduler.model import UNBOUND, Model, weigh
from placelang_scheduler.objectives.balance import Fill
from placelang_scheduler.partners import booked
from placelang_scheduler.placement import Settled
from placelang_scheduler.search import MOMENT, search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.drafts import Draft
    from placelang_scheduler.model import Terms
    from placelang_scheduler.placement import Loss
    from placelang_scheduler.search import Finding


def refine(drafts: Sequence[Draft], names: Sequence[str], budget: Budget) -> None:
    """Bring `drafts` as far as `budget` goes, level by level in the order of `names`; one model serves all of them."""
    at_risk = [_grant(one, budget) for one in drafts]
    origin = [one.state.settle() for one in drafts]
    model: Model | None = None
    for number, name in enumerate(names):
        if _open(_levels(drafts, name)):
            if budget.spent:
                _bound(drafts, names[:number], every=True)
                return
            if model is None:
                model = Model([one.part for one in drafts], lazy=True)
                for one, losses in zip(drafts, at_risk, strict=True):
                    for loss in losses:
                        model.lose(one.part, loss)
                _aim(model, drafts, names, budget)
                _hold(model, drafts, names[:number])
            _minimise(model, drafts, names[: number + 1], budget)
            _bound(drafts, names[: number + 1])
        if model is not None:
            _hold(model, drafts, names[: number + 1])
    if model is not None and not budget.spent and all(one.proved for one in drafts):
        _settle(model, drafts, origin, names, budget)


def _bound(drafts: Sequence[Draft], names: Sequence[str], *, every: bool = False) -> None:
    """Bound the levels after `names` by what these have come to: up to the first that is open, or `every` one."""
    for one in drafts:
        done = sum(goal.name in names for goal in one.goals)
        if done < len(one.goals):
            found = bounds(one.part, one.goals, one.state, one.bounds[:done], every=every)
            one.bounds[done : len(found)] = found[done:]


def _levels(drafts: Sequence[Draft], name: str) -> list[tuple[Draft, int]]:
    return [(one, at) for one in drafts for at, goal in enumerate(one.goals) if goal.name == name]


def _post(model: Model, one: Draft, at: int) -> Terms:
    if at not in one.posted:
        one.posted[at] = one.goals[at].post(model)
    return one.posted[at]


def _hold(model: Model, drafts: Sequence[Draft], names: Sequence[str]) -> None:
    """From here on no level of `names` is worse than it is, in each of the drafts."""
    for name in names:
        for one, at in _levels(drafts, name):
            _limit(model, one, at, one.values[at])


def _limit(model: Model, one: Draft, at: int, most: int) -> None:
    """A level of a draft is at most so much, whatever it was to be before."""
    if at in one.rows:
        one.rows[at].proto.linear.domain[1] = most  # cheaper than another row
    else:
        one.rows[at] = model.define(_post(model, one, at), high=most)


def _minimise(model: Model, drafts: Sequence[Draft], names: Sequence[str], budget: Budget) -> None:
    """Bring the last of the levels `names` as far as it goes; the others are held."""
    levels = _levels(drafts, names[-1])
    effort = max(one.goals[at].effort for one, at in levels)
    with budget.share(max(effort, min(1.0, MOMENT / budget.units))) as share:
        if _uneven(drafts, levels):
            with share.share(min(1.0, _BRIEF / share.units)) as brief:
                _improve(model, drafts, names, brief)
            if _open(levels) and not share.spent:
                _even(model, levels, names, share)
        elif not isinstance(levels[0][0].goals[levels[0][1]], Fill):
            _climb(model, drafts, names, share)
        if _open(levels) and not share.spent:
            _improve(model, drafts, names, share)


def _climb(model: Model, drafts: Sequence[Draft], names: Sequence[str], budget: Budget) -> None:
    """Whether there is a placement at the bound of the last of the levels, or else a little above: no is soon said."""
    levels = _levels(drafts, names[-1])
    for _ in range(_CLIMBS):
        least = sum(one.bounds[at] for one, at in levels)
        if not _open(levels) or budget.spent:
            return
        with budget.share(min(1.0, _GLANCE / budget.units)) as share:
            _improve(model, drafts, names, share, least)
        if sum(one.bounds[at] for one, at in levels) == least:
            return


def _aim(model: Model, drafts: Sequence[Draft], names: Sequence[str], budget: Budget) -> None:
    """Look for a placement in which all levels before balance are at once what they could be at best. Where something
    runs that leaves little to choose from, so that yes or no is said in a moment."""
    goals = [tuple(takewhile(lambda goal: goal.effort >= _EARNEST, one.goals)) for one in drafts]
    aims = [(one, ideal(one.part, aimed)) for one, aimed in zip(drafts, goals, strict=True)]
    if all(one.values[: len(least)] == least for one, least in aims):
        return
    for one, least in aims:
        for at, most in enumerate(least):
            _limit(model, one, at, most)
    with budget.share(min(1.0, _GLANCE / budget.units)) as share:
        _, found = _find(model, drafts, share)
    for one, least in aims:
        for at in range(len(least)):
            _limit(model, one, at, UNBOUND)
    aimed = {goal.name for first in goals for goal in first}
    if found and _take(drafts, found, [name for name in names if name in aimed]):
        for one in drafts:
            one.bounds = bounds(one.part, one.goals, one.state)
            one.values = [goal.value(one.state) for goal in one.goals]


_EARNEST = 0.5
"""Levels of this effort and more are worth a search."""
_GLANCE = 0.01
"""Units in which it is soon seen whether there is a placement at a bound."""
_CLIMBS = 2
"""Values from a bound on that are tried one by one."""


def _open(levels: Sequence[tuple[Draft, int]]) -> bool:
    return any(one.values[at] > one.bounds[at] for one, at in levels)


def _uneven(drafts: Sequence[Draft], levels: Sequence[tuple[Draft, int]]) -> bool:
    """Whether a few hosts at a time do better than all at once."""
    one, at = levels[0]
    return (
        len(drafts) == 1
        and isinstance(one.goals[at], Fill)
        and len(one.part.hosts) >= FEWEST
        and not insured(one.part)
    )


def _even(model: Model, levels: Sequence[tuple[Draft, int]], names: Sequence[str], budget: Budget) -> None:
    one, at = levels[0]
    fill = one.goals[at]
    if model.coarse or not isinstance(fill, Fill):
        return
    with budget.share(_EVEN) as share:
        values = even(model, one, at, fill, share)
    if values is not None and _take([one], [_read(one, model, values)], names):
        one.values = [goal.value(one.state) for goal in one.goals]


def _improve(
    model: Model, drafts: Sequence[Draft], names: Sequence[str], budget: Budget, most: int | None = None
) -> None:
    """One search for something better in the last of the levels."""
    levels = _levels(drafts, names[-1])
    terms = [term for one, at in levels for term in _post(model, one, at)]
    value = sum(one.values[at] for one, at in levels)
    most = value - 1 if most is None else most
    better = model.define(terms, sum(one.bounds[at] for one, at in levels), most)
    model.cp.minimize(weigh(terms))
    finding, found = _find(model, drafts, budget)
    if finding.values is not None and _take(drafts, found, names):
        for one in drafts:
            if not insured(one.part) and one.part.size > _HANDY:
                improve(one.state, one.goals, one.bounds, _STEPS)
            one.values = [goal.value(one.state) for goal in one.goals]
    else:
        better.proto.linear.domain[1] = value  # cheaper than a copy of the model, which takes a millisecond
    if not model.coarse:
        _raise(levels, most + 1 if finding.closed and finding.values is None else finding.bound)


def _raise(levels: Sequence[tuple[Draft, int]], proved: float) -> None:
    """Note a bound of the sum of a level: it bounds each draft, the others counted as they are."""
    if not math.isfinite(proved):
        return
    value = sum(one.values[at] for one, at in levels)
    gap = max(0, value - math.ceil(proved - 1e-6))
    for one, at in levels:
        one.bounds[at] = max(one.bounds[at], one.values[at] - gap)


def _take(drafts: Sequence[Draft], found: Sequence[Settled], names: Sequence[str]) -> bool:
    """Take what was read off a solution, unless the drafts do not see themselves that it is one, and no worse in the
    levels `names`. How links are best served over their uplinks is packing, which these do not search to the end."""
    before = [one.state.settle() for one in drafts]
    values = [sum(one.values[at] for one, at in _levels(drafts, name)) for name in names]
    for one, placement in zip(drafts, found, strict=False):
        one.state.restore(placement)
    packed = [(one, rule) for one in drafts for rule in booked(one.part.constraints)]
    broken = any(True for one, rule in packed for _ in rule.violations(one.part.problem, one.state))
    now = (sum(one.goals[at].value(one.state) for one, at in _levels(drafts, name)) for name in names)
    if found and not broken and (not packed or list(now) <= values):
        return True
    for one, placement in zip(drafts, before, strict=True):
        one.state.restore(placement)
    return False


def _grant(one: Draft, budget: Budget) -> Sequence[Loss]:
    """Take the draft's wish if it survives; else return the losses of which scenarios are due from the start: all where
    that is not much, or those that the wish does not survive."""
    if not insured(one.part):
        return ()
    lacking: Sequence[Loss] = ()
    if one.wish is not None:
        contingencies, lacking = cover(one.part, one.wish, budget)
        if not broken_by(one.part, contingencies, lacking):
            one.state.restore(replace(one.wish, contingencies=contingencies))
            one.values = [goal.value(one.state) for goal in one.goals]
            one.bounds = bounds(one.part, one.goals, one.state)
    losses = losses_of(one.part)
    return tuple(losses) if lacking and len(losses) <= _FEW else lacking


def _find(model: Model, drafts: Sequence[Draft], budget: Budget) -> tuple[Finding, list[Settled]]:
    """Search, and read what is found, nothing of it if the own checks do not see that it survives. The model is told
    of losses that it does not, and the search goes on."""
    while True:
        finding = search(model.cp, budget)
        if finding.values is None:
            return finding, []
        found = [_read(one, model, finding.values) for one in drafts]
        again = unseen = False
        for at, one in enumerate(drafts):
            if insured(one.part):
                posted = {
                    loss: of for (group, loss), of in model.scenarios.items() if group == one.part.groups[0]
                }
                known = {loss: scenario.read(finding.values) for loss, scenario in posted.items()}
                contingencies, lacking = cover(one.part, found[at], budget, known)
                found[at] = replace(found[at], contingencies=contingencies)
                for loss in lacking:
                    if loss not in posted:
                        model.lose(one.part, loss)
                        again = True
                unseen = unseen or bool(broken_by(one.part, contingencies, lacking))
        if not again:
            return finding, [] if unseen else found


def _read(one: Draft, model: Model, values: Sequence[int]) -> Settled:
    """Read a placement off a solution."""
    counts = {
        index: {host: values[count.index] for host, count in model.x[index].items() if values[count.index]}
        for index in one.part.workloads
    }
    admitted = frozenset(group for group in one.part.groups if values[model.admitted[group].index])
    return Settled(counts, admitted)


_STEPS = 2000
_HANDY = 2000
"""Of local search after each gain of the solver, and sizes for which that does not pay."""
_BRIEF = 0.15
_EVEN = 0.8
"""Units of a first search over all hosts, and what of the rest goes into evening out a few at a time."""
_FEW = 8
"""Losses whose scenarios are all posted from the start."""


def _settle(
    model: Model, drafts: Sequence[Draft], origin: Sequence[Settled], names: Sequence[str], budget: Budget
) -> None:
    """Among plans of equal levels, take the one nearest to where the drafts began: within a moment for each draft, as
    small parts need no more and large ones are not worth more."""
    terms: Terms = []
    distance = 0
    for one, first in zip(drafts, origin, strict=True):
        host_at = {host: at for at, host in enumerate(one.part.hosts)}
        for at, index in enumerate(one.part.workloads):
            current = model.problem.workloads[index].current
            for host, count in model.x[index].items():
                weight = crc32(f"{at}/{host_at[host]}".encode()) % 1024 + (
                    8192 if current.get(host) else 1024
                )
                before = first.on(index).get(host, 0)
                terms += [(variable, factor * weight) for variable, factor in _away(model, count, before)]
                distance += weight * abs(before - one.state.on(index).get(host, 0))
    if not distance:
        return
    model.define(terms, high=distance - 1)
    model.cp.minimize(weigh(terms))
    with budget.share(min(0.25, _NEAR * len(drafts) / budget.units)) as share:
        finding, found = _find(model, drafts, share)
    if finding.values is not None:
        _take(drafts, found, names)


_NEAR = 0.015
"""Units for the nearest plan, per draft."""


def _away(model: Model, count: IntVar, before: int) -> Terms:
    """How far a count is from what it was."""
    if before == 0:
        return [(count, 1)]
    if before == model.most[count.index]:
        return [(model.one, before), (count, -1)]
    away = model.variable(max(before, model.most[count.index] - before))
    model.define([(count, 1), (away, 1)], low=before)
    model.define([(count, 1), (away, -1)], high=before)
    return [(away, 1)]
