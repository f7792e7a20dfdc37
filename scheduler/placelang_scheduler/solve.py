"""`solve`: from a `Problem` to a `Solution`, checked.

What cannot be placed is told apart first, without a solver. The rest falls apart into parts; each is placed greedily
and improved by local search, and accepted where every level meets its bound. Only what is left goes to CP-SAT, small
parts first, within the budget: parts get it in proportion to their size and pass on what they do not use. Nothing
depends on the machine's speed unless the wall-clock net ends the search, and then the solution says so.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from placelang_scheduler.budget import Budget
from placelang_scheduler.certificates import certify
from placelang_scheduler.drafts import draft
from placelang_scheduler.explain import explain
from placelang_scheduler.greedy import construct
from placelang_scheduler.improve import improve, shake
from placelang_scheduler.levels import goals_of
from placelang_scheduler.partners import name_partners
from placelang_scheduler.parts import LARGE, limiting, measure, whole
from placelang_scheduler.parts import split as fall_apart
from placelang_scheduler.placement import Settled
from placelang_scheduler.rules import devices
from placelang_scheduler.solution import Level, Outcome, Proof, Solution
from placelang_scheduler.validate import validate
from placelang_scheduler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from placelang_scheduler.drafts import Draft
    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.solution import Reason

_EXPLAIN = 0.1
"""The share of the budget that is kept for explaining what is left out; it gets what the search does not use, too."""
_ENDLESS = 1e9
"""Units that nobody waits for; more would be no number to divide."""
_STEPS = 20_000
"""Of local search on one part."""
_HANDY = 500
"""Size up to which the solver does better than random moves."""
_SHAKEN = 30_000
"""Rounds of random moves, times the size."""

Progress = Callable[[int, int], None]
"""Told how many parts are done, of how many."""


class UnsoundError(AssertionError):
    """The scheduler's own answer failed its checks: a fault of the scheduler."""


def solve(
    problem: Problem,
    *,
    seed: int = 0,
    budget: float = 60.0,
    time_limit: float | None = None,
    split: bool = True,
    progress: Progress | None = None,
) -> Solution:
    """The best placement found, with what is proved of it.

    `budget` counts deterministic units, about a second each; 0 answers without the solver. `time_limit` is a net in
    seconds of the wall clock. Without `split`, all parts are solved in one model: slower, for the same plan.
    Raises `InvalidProblem` for a problem that is none.
    """
    validate(problem)
    deadline = None if time_limit is None else monotonic() + time_limit
    purse = Budget(min(budget, _ENDLESS), seed, deadline)
    limits = limiting(problem.constraints)
    room = measure(problem, limits)
    barred = certify(problem, room, limits)
    drafts = [_start(part, seed) for part in fall_apart(problem, room, barred)]
    names = [goal.name for goal in goals_of(whole(problem))]
    pending = [one for one in drafts if not one.proved]
    if pending and not split:
        pending = drafts
    with purse.share(1 - _EXPLAIN) as share:
        _finish(pending, names, share, split=split, progress=progress, parts=len(drafts))
    if progress is not None:
        progress(len(drafts), len(drafts))
    return _checked(problem, _assemble(problem, drafts, names, barred, purse))


def _start(part: Part, seed: int) -> Draft:
    """Greedy and local search on one part; random moves pay where the solver takes long."""
    goals = goals_of(part)
    state = construct(part, goals)
    one = draft(part, goals, state)
    if not one.proved:
        improve(state, goals, one.bounds, _STEPS)
        if part.size > _HANDY:
            random = Random(f"{seed}/{part.groups[0]}")  # noqa: S311 - a search, no secret
            shake(state, goals, one.bounds, _SHAKEN // part.size, random)
        one.values = [goal.value(state) for goal in goals]
    return one


def _finish(
    pending: Sequence[Draft],
    names: Sequence[str],
    purse: Budget,
    *,
    split: bool,
    progress: Progress | None,
    parts: int,
) -> None:
    """Refine what is not proved, small parts first, each with its share of what is left."""
    if not pending:
        return
    from placelang_scheduler.exact import refine  # noqa: PLC0415 - most problems of small sites need no solver
    from placelang_scheduler.roam import roam  # noqa: PLC0415

    order = sorted(pending, key=lambda one: one.part.size)
    works = [[one] for one in order] if split else [list(pending)]
    left = sum(one.part.size for one in pending)
    for number, work in enumerate(works):
        if progress is not None:
            progress(parts - len(works) + number, parts)
        size = sum(one.part.size for one in work)
        with purse.share(size / left) as share:
            if size <= LARGE:
                refine(work, names, share)
            else:
                for one in work:
                    roam(one, names, share)
        left -= size


def _assemble(
    problem: Problem,
    drafts: Sequence[Draft],
    names: Sequence[str],
    barred: Mapping[int, tuple[Reason, ...]],
    purse: Budget,
) -> Solution:
    counts: dict[int, Mapping[int, int]] = {}
    admitted: set[int] = set()
    for one in drafts:
        settled = one.state.settle()
        counts.update(settled.counts)
        admitted |= settled.admitted
    left_out = explain(problem, drafts, barred, purse)
    undecided = any(left.proof is Proof.NOT_PROVED for left in left_out)
    return Solution(
        Outcome.EXHAUSTED if undecided else Outcome.SOLVED,
        tuple(counts[index] for index in range(len(problem.workloads))),
        _held(problem, counts),
        tuple(group in admitted for group in range(len(problem.groups))),
        left_out,
        _levels(problem, drafts, names),
        purse.timed_out,
        name_partners(problem, Settled(counts, frozenset(admitted))),
    )


def _levels(problem: Problem, drafts: Sequence[Draft], names: Sequence[str]) -> tuple[Level, ...]:
    """The levels of the whole, from those of the parts."""
    values: dict[str, list[int]] = {name: [] for name in names}
    bounds: dict[str, list[int]] = {name: [] for name in names}
    for one in drafts:
        for goal, value, bound in zip(one.goals, one.values, one.bounds, strict=True):
            values[goal.name].append(value)
            bounds[goal.name].append(bound)
    return tuple(
        Level(goal.name, goal.combine(values[goal.name]), goal.combine(bounds[goal.name]))
        for goal in goals_of(whole(problem))
    )


def _held(
    problem: Problem, counts: Mapping[int, Mapping[int, int]]
) -> dict[tuple[int, int], tuple[Mapping[str, int], ...]]:
    """Who holds which devices."""
    hosts = {
        host for index, workload in enumerate(problem.workloads) if workload.devices for host in counts[index]
    }
    present: dict[int, dict[int, int]] = {}
    for index in range(len(problem.workloads)) if hosts else ():
        for host in hosts.intersection(counts[index]):
            present.setdefault(host, {})[index] = counts[index][host]
    return {
        (index, host): held
        for host in sorted(present)
        for index, held in devices.hold(problem, host, present[host]).items()
    }


def _checked(problem: Problem, solution: Solution) -> Solution:
    found = verify(problem, solution)
    if found:
        raise UnsoundError(f"the answer breaks {found[0]} and {len(found) - 1} more")
    return solution
