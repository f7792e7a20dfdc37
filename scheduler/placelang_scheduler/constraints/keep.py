"""`keep`: replicas that run stay where they are, as for a kept volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import One
from placelang_scheduler.placement import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Keep(One):
    """Replicas of `workload`, once admitted, that run on a candidate or stay host remain there, as many as its
    maximum allows. Soft: one violation per replica moved.
    """

    id: str
    workload: int
    weight: int | None = None
    keyword: Literal["keep"] = "keep"
    lasting: ClassVar[bool] = True

    def faults(self, problem: Problem) -> Iterator[str]:
        return iter(())

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return problem.workloads[workload].maximum

    def running(self, problem: Problem) -> dict[int, int]:
        """Replicas by host that this holds in place."""
        shape = problem.workloads[self.workload]
        return {host: n for host, n in sorted(shape.current.items()) if n and shape.allows(host)}

    def due(self, problem: Problem) -> int:
        """How many replicas have to remain."""
        return min(sum(self.running(problem).values()), problem.workloads[self.workload].maximum)

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        if not placement.admits(problem.workloads[self.workload].group):
            return
        found = placement.on(self.workload)
        kept = sum(min(count, found.get(host, 0)) for host, count in self.running(problem).items())
        moved = self.due(problem) - kept
        if moved > 0:
            yield Violation(self.keyword, moved, self.id, workload=self.workload)

    def post(self, model: Model) -> None:
        if model.before is None:
            model.row(self._missing(model), high=0)
            return
        for host, count in model.before.x[self.workload].items():
            if host in model.x[self.workload]:
                model.row([(model.x[self.workload][host], 1), (count, -1)], low=0)

    def penalise(self, model: Model) -> Terms:
        return [(model.excess(self._missing(model), 0, self.due(model.problem)), 1)]

    def _missing(self, model: Model) -> Terms:
        """The replicas that are due, less those that remain."""
        admitted = model.admitted[model.problem.workloads[self.workload].group]
        terms: Terms = [(admitted, self.due(model.problem))]
        counts = model.x[self.workload]
        for host, running in self.running(model.problem).items():
            if host in counts:
                kept = model.variable(running)
                model.define([(kept, 1), (counts[host], -1)], high=0)
                terms.append((kept, -1))
        return terms

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        found = state.on(workload)
        running = self.running(state.problem)
        kept = sum(min(count, found.get(host, 0)) for host, count in running.items())
        spare = state.due(workload) - 1 >= self.due(state.problem) - kept
        return lambda host: int(not spare and found.get(host, 0) >= running.get(host, 0))
