"""`lower_bounds`: what no placement of a pool goes below, level by level, the levels before held at their values.

Groups and replicas are bounded by a linear program over classes: hosts that the same workloads may stand on are one
host of all that they have, and workloads that need the same are one. What runs and cannot stay is sure to move.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.objectives.moves import Moved
from placelang_scheduler.objectives.placed import Admitted, Replicas
from placelang_scheduler.pool.rules import rules_of
from placelang_scheduler.pool.running import stay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.pool.columns import Columns, Ints
    from placelang_scheduler.pool.ground import Ground

_COLUMNS = 300_000
"""Variables of the largest linear program that is solved."""


def lower_bounds(
    ground: Ground, goals: Sequence[Goal], values: Sequence[int], open_: frozenset[int]
) -> list[int]:
    """The bound of each level."""
    trivial = [_trivial(ground, goal, open_) for goal in goals]
    program: Program | None = None
    open_levels = [
        at for at, goal in enumerate(goals) if isinstance(goal, _COUNTED) and values[at] > trivial[at]
    ]
    if open_levels:
        program = make_program(ground.columns, open_)
    found = []
    for at, (goal, least) in enumerate(zip(goals, trivial, strict=True)):
        if program is not None and isinstance(goal, _COUNTED):
            found.append(max(least, program.least(goal)) if at in open_levels else least)
            program.hold(goal, values[at])
        else:
            found.append(least)
    return [min(least, value) for least, value in zip(found, values, strict=True)]


_COUNTED = (Admitted, Replicas)
"""Levels of which the program knows."""


def _trivial(ground: Ground, goal: Goal, open_: frozenset[int]) -> int:
    if isinstance(goal, Admitted):
        return len(goal.groups) - len(open_.intersection(goal.groups))
    return _moved(ground, goal) if isinstance(goal, Moved) else 0


def _moved(ground: Ground, goal: Moved) -> int:
    """What it costs to move what cannot stay."""
    cost = 0
    for index in goal.workloads:
        shape = ground.problem.workloads[index]
        most = 0
        for host, count in stay(ground, index).items():
            fit = [
                int(ground.columns.capacity[row, host]) // need for row, need in ground.columns.needs[index]
            ]
            most += min([count, *fit])
        most = min(most, shape.maximum)
        cost += (sum(shape.current.values()) - most) * shape.move_cost
    return cost


class Program:
    """The linear program: `groups[g]` is how much of a group is admitted, `replicas[w]` what there is of a class of
    workloads, `size` how many at most."""

    def __init__(self, columns: Columns, open_: frozenset[int], classes: Sequence[Ints]) -> None:
        from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]  # noqa: PLC0415 - only where needed

        self.problem = columns.problem
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.solver.SetSolverSpecificParametersAsString(f"max_deterministic_time:{_UNITS}")
        self.solved = self.solver.OPTIMAL
        self.groups = {group: self.solver.NumVar(0.0, 1.0, "") for group in sorted(open_)}
        self.placed: dict[int, object] = {}
        self._post(columns, classes)

    def _post(self, columns: Columns, classes: Sequence[Ints]) -> None:
        solver, problem = self.solver, self.problem
        have = [columns.capacity[:, hosts].sum(axis=1, dtype=np.float64) for hosts in classes]
        rows: dict[tuple[int, int], object] = {}
        room = _Room(columns, classes)
        within = [set(np.unique(_class_of(columns, classes)[mask]).tolist()) for mask in columns.masks]
        for one in problem.counts(columns.scope.workloads):
            group = problem.workloads[one.workloads[0]].group
            if group not in self.groups:
                continue
            total = solver.Constraint(0.0, 0.0)
            placed = solver.NumVar(0.0, float(one.maximum), "")
            total.SetCoefficient(placed, -1.0)
            self.placed[one.workloads[0]] = placed
            if one.maximum > one.minimum or one.minimum == 0:
                high = solver.Constraint(-solver.infinity(), 0.0)
                high.SetCoefficient(placed, 1.0)
                high.SetCoefficient(self.groups[group], -float(one.maximum))
            low = solver.Constraint(0.0, solver.infinity() if one.maximum > one.minimum else 0.0)
            low.SetCoefficient(placed, 1.0)
            low.SetCoefficient(self.groups[group], -float(one.minimum))
            for index in one.workloads:
                known = within[columns.mask[index]]
                for at in sorted(known | _staying(columns, classes, index)):
                    count = solver.NumVar(0.0, float(min(one.maximum, room.of(index, at))), "")
                    total.SetCoefficient(count, 1.0)
                    for row, need in columns.needs[index]:
                        if (row, at) not in rows:
                            rows[row, at] = solver.Constraint(-solver.infinity(), 1.0)
                        share = need / have[at][row] if have[at][row] else _NONE
                        rows[row, at].SetCoefficient(count, share)  # type: ignore[attr-defined]

    def hold(self, goal: Admitted | Replicas, value: int) -> None:
        """From here on a level is no worse than it is."""
        row = self.solver.Constraint(-self.solver.infinity(), float(value))
        constant = self._terms(goal, row)
        row.SetUb(value - constant + _SLACK)

    def least(self, goal: Admitted | Replicas) -> int:
        """What a level does not go below; 0 where that is not known."""
        objective = self.solver.Objective()
        objective.Clear()
        constant = self._terms(goal, objective)
        objective.SetMinimization()
        if self.solver.Solve() != self.solved:
            return 0
        value = float(objective.Value())
        return max(0, ceil(value + constant - _SLACK - 1e-7 * constant))

    def _terms(self, goal: Admitted | Replicas, into: object) -> int:
        """A level as a linear expression, whose constant is returned."""
        if isinstance(goal, Admitted):
            for group in goal.groups:
                if group in self.groups:
                    into.SetCoefficient(self.groups[group], -1.0)  # type: ignore[attr-defined]
            return len(goal.groups)
        most = 0
        for one in self.problem.counts(goal.workloads):
            most += one.maximum
            if one.workloads[0] in self.placed:
                into.SetCoefficient(self.placed[one.workloads[0]], -1.0)  # type: ignore[attr-defined]
        return most


class _Room:
    """How many replicas of a workload all hosts of a class hold, each by itself."""

    def __init__(self, columns: Columns, classes: Sequence[Ints]) -> None:
        self.columns, self.classes, self.rules = columns, classes, rules_of(columns)
        self._known: dict[tuple[int, int, tuple[tuple[int, int], ...]], int] = {}

    def of(self, index: int, at: int) -> int:
        name = (at, self.rules[index].each, self.columns.needs[index])
        if name not in self._known:
            hosts = self.classes[at]
            fit = np.full(hosts.size, self.rules[index].each, np.int64)
            for row, need in self.columns.needs[index]:
                np.minimum(fit, self.columns.capacity[row][hosts] // need, out=fit)
            self._known[name] = int(fit.sum())
        return self._known[name]


_UNITS = 5.0
_NONE = 1e9
_SLACK = 1e-3


def make_program(columns: Columns, open_: frozenset[int]) -> Program | None:
    """The program over classes of hosts that are in the same masks; over fewer where there are too many, and none where
    even that is too large."""
    member = np.zeros((len(columns.masks), columns.capacity.shape[1]), bool)
    for number, mask in enumerate(columns.masks):
        member[number, mask] = True
    _, inverse = np.unique(np.packbits(member, axis=0), axis=1, return_inverse=True)
    inverse = inverse.reshape(-1)
    size = len(columns.scope.workloads)
    if size * (int(inverse.max()) + 1) > _COLUMNS:
        inverse = np.zeros_like(inverse)
    if size > _COLUMNS:
        return None
    classes = [np.flatnonzero(inverse == number) for number in range(int(inverse.max()) + 1)]
    return Program(columns, open_, classes)


def _class_of(columns: Columns, classes: Sequence[Ints]) -> Ints:
    found = np.zeros(columns.capacity.shape[1], np.int64)
    for number, hosts in enumerate(classes):
        found[hosts] = number
    return found


def _staying(columns: Columns, classes: Sequence[Ints], index: int) -> set[int]:
    """The classes of hosts where replicas may stay though no new one may come."""
    hosts = columns.problem.workloads[index].stay
    return set(_class_of(columns, classes)[list(hosts)].tolist()) if hosts else set()
