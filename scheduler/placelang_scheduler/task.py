"""`Task`: one component to solve, as plain data that any process can be handed; `run` solves it, `Found` is the answer.

The answer depends on the task alone: the same on any machine, unless the wall-clock net ended it, which it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from placelang_scheduler.budget import Budget
from placelang_scheduler.certificates import certify
from placelang_scheduler.drafts import Draft, draft
from placelang_scheduler.forms import Rows, losses_in, problem_of
from placelang_scheduler.greedy import construct
from placelang_scheduler.improve import improve, shake
from placelang_scheduler.levels import goals_of
from placelang_scheduler.losses.insure import broken_by, cover, insured, plainly, retreat
from placelang_scheduler.parts import LARGE, limiting, measure, split, whole
from placelang_scheduler.placement import Contingency, Settled
from placelang_scheduler.state import State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from threading import Event

    from placelang_scheduler.forms import Form
    from placelang_scheduler.objectives import Objective
    from placelang_scheduler.parts import Part, Scope
    from placelang_scheduler.placement import Loss
    from placelang_scheduler.problem import Problem

_HANDY = 2_000
"""Size up to which the solver does better than a long search in Python, and than random moves."""
_STEPS = 20_000
_FEW = 100
"""Of local search on one part, and on one that is handy."""
_SHAKEN = 30_000
"""Rounds of random moves, times the size."""
_EARNEST = 0.5
"""Levels of this effort and more are searched for as long as there is budget."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to solve: `rows` of a form, or some `groups` of a `problem` as it stands.

    `pool`, where it is not None, is the component as it stands, too large for any other way.
    `units` is the budget, `seconds` the wall-clock net. `joint`: all parts share one model. `before` is where an
    earlier task of the same ended.
    """

    rows: Rows | None
    objectives: tuple[Objective, ...]
    seed: int
    units: float
    seconds: float | None = None
    joint: bool = False
    before: Found | None = None
    problem: Problem | None = None
    groups: frozenset[int] = frozenset()
    pool: Scope | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part as it was found: its groups and workloads, the placement, and name, value and bound of each level; what is
    done after losses, and what was wished for."""

    groups: tuple[int, ...]
    workloads: tuple[int, ...]
    counts: Mapping[int, Mapping[int, int]]
    admitted: frozenset[int]
    levels: tuple[tuple[str, int, int], ...]
    contingencies: Mapping[Loss, Contingency] = field(default_factory=dict)
    wish: Settled | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The `pieces` of a component, `barred` groups that arithmetic rules out, and what the search `used`. `cut` says
    that more budget may find or prove more."""

    pieces: tuple[Piece, ...]
    barred: frozenset[int]
    used: float
    cut: bool
    timed_out: bool


def run(task: Task, stop: Event | None = None) -> Found:
    """Solve one component, until `stop` is set."""
    if task.pool is not None:
        return _run_pool(task, task.pool, stop)
    problem = task.problem or problem_of(task.rows, task.objectives)  # type: ignore[arg-type]
    deadline = None if task.seconds is None else monotonic() + task.seconds
    budget = Budget(task.units, task.seed, deadline, stop=stop)
    drafts, barred = _begin(task, problem)
    pending = [one for one in drafts if not one.proved]
    short: set[int] = set()
    if pending:
        names = [goal.name for goal in goals_of(whole(problem))]
        short = _finish(drafts if task.joint else pending, names, budget, joint=task.joint)
    return Found(
        tuple(map(_piece, drafts)),
        frozenset(barred),
        task.units - budget.units,
        any(id(one) in short and _worth_more(one) for one in pending),
        budget.timed_out,
    )


def _run_pool(task: Task, pool: Scope, stop: Event | None = None) -> Found:
    from placelang_scheduler.pool.engine import solve_pool  # noqa: PLC0415 - numpy is loaded for pools only

    deadline = None if task.seconds is None else monotonic() + task.seconds
    budget = Budget(task.units, task.seed, deadline, stop=stop)
    ground, levels, barred = solve_pool(pool, budget)
    settled = ground.settle()
    piece = Piece(pool.groups, pool.workloads, settled.counts, settled.admitted, levels)
    return Found((piece,), barred, task.units - budget.units, cut=False, timed_out=budget.timed_out)


def _begin(task: Task, problem: Problem) -> tuple[list[Draft], Collection[int]]:
    """What is found of each part without a search, and the groups that arithmetic rules out."""
    groups = task.groups if task.problem else range(len(problem.groups))
    limits = limiting(problem.constraints)
    room = measure(problem, limits)
    barred = certify(problem, room, limits, tuple(sorted(groups)))
    parts = [part for part in split(problem, room, barred) if part.groups[0] in groups]
    before = task.before.pieces if task.before else (None,) * len(parts)
    return [_start(part, task.seed, piece) for part, piece in zip(parts, before, strict=True)], barred


def begin(task: Task) -> tuple[Found, bool]:
    """What is found of a component without a search, and whether that is its answer, with nothing left out."""
    if task.pool is not None:
        return _run_pool(replace(task, units=0.0), task.pool), False
    problem = task.problem or problem_of(task.rows, task.objectives)  # type: ignore[arg-type]
    drafts, barred = _begin(task, problem)
    sure = all(one.proved and len(one.state.admitted) == len(one.part.groups) for one in drafts)
    return Found(tuple(map(_piece, drafts)), frozenset(barred), 0.0, cut=False, timed_out=False), sure


def run_all(tasks: Sequence[Task]) -> list[Found]:
    """Solve several components, one after the other."""
    return [run(task) for task in tasks]


def _start(part: Part, seed: int, before: Piece | None) -> Draft:
    """Greedy and local search on one part, or where it was left; random moves pay where the solver takes long."""
    goals = goals_of(part)
    if before is not None:
        state = State(part)
        state.restore(Settled(before.counts, before.admitted, before.contingencies))
        levels = before.levels
        values, bounds = ([value for _, value, _ in levels], [bound for _, _, bound in levels])
        return Draft(part, goals, state, values, bounds, wish=before.wish)
    goals = plainly(part)
    state = construct(part, goals)
    one = draft(part, goals, state)
    if not one.proved:
        handy = part.size <= _HANDY
        improve(state, goals, one.bounds, _FEW if handy else _STEPS)
        if not handy:
            random = Random(f"{seed}/{part.size}")  # noqa: S311 - a search, no secret
            shake(state, goals, one.bounds, _SHAKEN // part.size, random)
        one.values = [goal.value(state) for goal in goals]
    return _insure(one) if insured(part) else one


def _insure(plain: Draft) -> Draft:
    """The draft with what is done after losses, if a greedy pass finds that; else one that leaves out what it takes,
    with what was wished for."""
    part, state = plain.part, plain.state
    state.contingencies, lacking = cover(part, state, None)
    wish = None
    if broken_by(part, state.contingencies, lacking):
        wish = state.settle()
        state.restore(retreat(part, plain.goals))
    one = draft(part, goals_of(part), state)
    one.wish = wish
    return one


def _finish(pending: Sequence[Draft], names: Sequence[str], budget: Budget, *, joint: bool) -> set[int]:
    """Refine what is not proved, small parts first, each with its share of what is left. Returns those, by identity,
    that their share was not enough for."""
    from placelang_scheduler.exact import refine  # noqa: PLC0415 - most problems of small sites need no solver
    from placelang_scheduler.roam import roam  # noqa: PLC0415

    order = sorted(pending, key=lambda one: one.part.size)
    works = [list(pending)] if joint else [[one] for one in order]
    left = sum(one.part.size for one in pending)
    short: set[int] = set()
    for work in works:
        size = sum(one.part.size for one in work)
        with budget.share(size / left) as share:
            if size <= LARGE:
                refine(work, names, share)
            else:
                for one in work:
                    if not insured(one.part):
                        roam(one, names, share)
            if share.spent:
                short.update(map(id, work))
        left -= size
    return short


def _worth_more(one: Draft) -> bool:
    return any(
        value > bound and goal.effort >= _EARNEST
        for goal, value, bound in zip(one.goals, one.values, one.bounds, strict=True)
    )


def _piece(one: Draft) -> Piece:
    settled = one.state.settle()
    levels = tuple(
        (goal.name, value, bound)
        for goal, value, bound in zip(one.goals, one.values, one.bounds, strict=True)
    )
    return Piece(
        one.part.groups,
        one.part.workloads,
        settled.counts,
        settled.admitted,
        levels,
        settled.contingencies,
        one.wish,
    )


def moved(piece: Piece, form: Form, scope: Scope) -> Piece:
    """A piece of a form as a piece of the problem, where the form is of `scope`."""
    named = losses_in(form, scope) if piece.contingencies else {}
    return replace(
        piece,
        groups=tuple(form.groups[group] for group in piece.groups),
        workloads=tuple(form.workloads[index] for index in piece.workloads),
        counts=_moved_counts(piece.counts, form),
        admitted=frozenset(form.groups[group] for group in piece.admitted),
        contingencies={
            named[loss]: Contingency(_moved_counts(found.placements, form), _names(found, form, scope))
            for loss, found in piece.contingencies.items()
        },
        wish=None,
    )


def _moved_counts(counts: Mapping[int, Mapping[int, int]], form: Form) -> dict[int, dict[int, int]]:
    return {
        form.workloads[index]: dict(sorted((form.hosts[host], count) for host, count in found.items()))
        for index, found in counts.items()
    }


def _names(found: Contingency, form: Form, scope: Scope) -> frozenset[str]:
    """The ids of constraints that a form has by their number."""
    if not any(form.rows):
        return found.covered
    return frozenset(scope.constraints[int(name)].id for name in found.covered)
