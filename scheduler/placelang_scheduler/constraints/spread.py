"""`spread`: no value of a key holds more than `skew` replicas above the least used one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from placelang_scheduler.constraints.shape import Alike, keyed_limit, room_by_value, strays, surely
from placelang_scheduler.placement import EXEMPT, Violation, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Spread(Alike):
    """No value of `key` holds more than `skew` replicas of `workloads` above the least used of `values`.

    `values` None stands for the values that their candidates have. Who lists them lists those whose hosts
    are full, too: a full candidate counts.
    Soft: one violation per replica above, and per replica on a host without a value.
    """

    id: str
    workloads: tuple[int, ...]
    key: str
    skew: int = 1
    values: tuple[str, ...] | None = None
    weight: int | None = None
    keyword: Literal["spread"] = "spread"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from Alike.faults(self, problem)
        if self.skew < 0:
            yield f"skew is {self.skew}, below 0"

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        """What is sure, less what each value takes when the least used is used as much as it can be."""
        total = surely(problem, sure, self.workloads)
        most = room_by_value(problem, room, self.workloads, self.key)
        over = self.over(problem)
        used = min((most.get(value, 0) for value in over), default=0)
        level = min(used, self.most(problem) // max(1, len(over))) + self.skew
        allowed = sum(count if value == EXEMPT else min(count, level) for value, count in most.items())
        return max(0, total - allowed)

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return keyed_limit(problem, self.key, workload, host)

    def over(self, problem: Problem) -> tuple[str, ...]:
        """The values that count as used by none when they are."""
        if self.values is not None:
            return self.values
        hosts = problem.hosts
        found = {
            hosts[host].domains.get(self.key)
            for index in self.workloads
            for host in problem.workloads[index].candidates
        }
        return tuple(sorted(value for value in found if value is not None and value != EXEMPT))

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        for workload in self.workloads:
            yield from strays(problem, placement, self, workload)
        found = tally(problem, placement, self.workloads, self.key)
        found.pop(None, None)
        if not found:
            return
        allowed = min((found.get(value, 0) for value in self.over(problem)), default=0) + self.skew
        for value, count in found.items():
            if count > allowed:
                yield Violation(
                    self.keyword, count - allowed, self.id, workload=self.workloads[0], value=value
                )

    def post(self, model: Model) -> None:
        for terms, least in self._above(model):
            model.row([*terms, (least, -1)], high=self.skew)

    def penalise(self, model: Model) -> Terms:
        most = self.most(model.problem)
        above = self._above(model)
        over = [(model.excess([*terms, (least, -1)], self.skew, most), 1) for terms, least in above]
        return [*over, *model.by_value(self.workloads, self.key).get(None, [])]

    def _above(self, model: Model) -> list[tuple[Terms, IntVar]]:
        """The replicas of each value, and a variable that is at most those of the least used."""
        groups = model.by_value(self.workloads, self.key)
        groups.pop(None, None)
        values = self.over(model.problem)
        full = all(value in groups for value in values)
        least = model.variable(self.most(model.problem) if values and full else 0)
        for value in values:
            if value in groups:
                model.define([*groups[value], (least, -1)], low=0)
        return [(terms, least) for terms in groups.values()]

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        found = state.tally(self.workloads, self.key)
        allowed = min((found.get(value, 0) for value in self.over(state.problem)), default=0) + max(
            1, self.skew
        )
        hosts = state.problem.hosts

        def extra(host: int) -> int:
            value = hosts[host].domains.get(self.key)
            return int(value is None or (value != EXEMPT and found.get(value, 0) >= allowed))

        return extra
