"""`solve_pool`: a portfolio of passes, then repair, then bounds.

Enters a pool and a budget in counted units; leaves the best placement by the vector of levels. One of the passes comes
to what the default scheduler of Kubernetes would: the answer is never worse than that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.certificates import certify
from placelang_scheduler.levels import goals_of
from placelang_scheduler.objectives.placed import Admitted, Replicas
from placelang_scheduler.parts import limiting, room_of
from placelang_scheduler.pool.bound import lower_bounds
from placelang_scheduler.pool.columns import columns
from placelang_scheduler.pool.fill import fill
from placelang_scheduler.pool.ground import Ground
from placelang_scheduler.pool.kubernetes import one_by_one
from placelang_scheduler.pool.passes import Style, ranks, run_pass
from placelang_scheduler.pool.repair import repair
from placelang_scheduler.pool.ruled_out import doubtful
from placelang_scheduler.pool.scores import matching

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Scope
    from placelang_scheduler.pool.columns import Columns

PASS = 200_000
"""Replicas that a pass places in about a unit."""


def solve_pool(
    scope: Scope, budget: Budget
) -> tuple[Ground, tuple[tuple[str, int, int], ...], frozenset[int]]:
    """The best ground found, name, value and bound of each level, and the groups that arithmetic rules out."""
    made = columns(scope)
    barred = _barred(made)
    open_ = frozenset(scope.groups) - barred
    goals = goals_of(scope)
    ground = _best_pass(made, goals, open_, budget)
    ground = _repaired(ground, goals, open_, budget)
    values = [goal.value(ground) for goal in goals]
    bounds = lower_bounds(ground, goals, values, open_)
    levels = tuple(
        (goal.name, value, bound) for goal, value, bound in zip(goals, values, bounds, strict=True)
    )
    return ground, levels, barred


def styles(made: Columns) -> Iterator[Style]:
    """Ways to go about a pass, the best first."""
    order = ranks(made)
    for scarce, tight, depth in _MATCHES:
        score = matching(made, scarce=scarce, tight=tight)

        def place(ground: Ground, workload: int, wanted: int, depth: int = depth) -> int:
            return fill(ground, workload, wanted, score, depth)  # noqa: B023 - the pass is over before the next begins

        yield Style(f"matching {scarce} {tight} {depth}", place, order["big first"])
    yield Style("kubernetes", one_by_one, order["as they come"])


_MATCHES = ((1.0, 0.0, 1), (0.3, 0.0, 1), (1.0, 0.0, 4))


def _best_pass(made: Columns, goals: Sequence[Goal], open_: frozenset[int], budget: Budget) -> Ground:
    """The best of all passes, or the first that places all."""
    best: tuple[list[int], Ground] | None = None
    for style in styles(made):
        ground = run_pass(made, style, open_)
        vector = [goal.value(ground) for goal in goals]
        best = (vector, ground) if best is None or vector < best[0] else best
        budget.units -= sum(ground.placed.values()) / PASS
        if _all_placed(goals, vector, open_):
            break
    if best is None:
        raise AssertionError("there is no style")
    return best[1]


def _repaired(ground: Ground, goals: Sequence[Goal], open_: frozenset[int], budget: Budget) -> Ground:
    """The ground with more placed, unless a level that comes first loses by it."""
    before = [goal.value(ground) for goal in goals]
    if _all_placed(goals, before, open_):
        return ground
    known = ground.settle()
    repair(ground, open_, budget)
    if [goal.value(ground) for goal in goals] <= before:
        return ground
    again = Ground(ground.columns)
    again.restore(known)
    return again


def _all_placed(goals: Sequence[Goal], vector: Sequence[int], open_: frozenset[int]) -> bool:
    """Whether nothing that is open is left out."""
    for goal, value in zip(goals, vector, strict=True):
        if isinstance(goal, Admitted) and value > len(goal.groups) - len(open_.intersection(goal.groups)):
            return False
        if isinstance(goal, Replicas) and value:
            return False
    return True


def _barred(made: Columns) -> frozenset[int]:
    """Groups that arithmetic rules out, of those that look like it, and all that require these."""
    problem, scope = made.problem, made.scope
    suspects = doubtful(made)
    if not suspects:
        return frozenset()
    limits = limiting(scope.constraints)
    room = {
        index: room_of(problem, index, limits.get(index, ()))
        for index in scope.workloads
        if problem.workloads[index].group in suspects
    }
    return frozenset(certify(problem, room, limits, tuple(sorted(suspects))))
