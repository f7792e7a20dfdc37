"""`keep`: replicas that run stay where they are, as for a kept volume."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import Alike
from placelang_scheduler.placement import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Keep(Alike):
    """Replicas of `workloads`, once admitted, that run on a candidate or stay host of theirs remain there, as many as
    their maximum allows; as another variant they do, too. Soft: one violation per replica moved.
    """

    id: str
    workloads: tuple[int, ...]
    weight: int | None = None
    keyword: Literal["keep"] = "keep"
    lasting: ClassVar[bool] = True

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return problem.workloads[workload].maximum

    def running(self, problem: Problem) -> dict[int, int]:
        """Replicas by host that this holds in place."""
        found: Counter[int] = Counter()
        shapes = [problem.workloads[index] for index in self.workloads]
        for shape in shapes:
            for host, count in shape.current.items():
                if count and any(other.allows(host) for other in shapes):
                    found[host] += count
        return dict(sorted(found.items()))

    def due(self, problem: Problem) -> int:
        """How many replicas have to remain."""
        return min(sum(self.running(problem).values()), self.most(problem))

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        if not placement.admits(self.group(problem)):
            return
        moved = self.due(problem) - self._kept(problem, placement)
        if moved > 0:
            yield Violation(self.keyword, moved, self.id, workload=self.workloads[0])

    def _kept(self, problem: Problem, placement: Placement) -> int:
        found = [placement.on(index) for index in self.workloads]
        return sum(
            min(count, sum(on.get(host, 0) for on in found)) for host, count in self.running(problem).items()
        )

    def post(self, model: Model) -> None:
        if model.before is None:
            model.row(self._missing(model), high=0)
            return
        then, before = self._counts(model), self._counts(model.before)
        for host, terms in before.items():
            if host in then:
                model.row([*then[host], *((count, -1) for count, _ in terms)], low=0)

    def penalise(self, model: Model) -> Terms:
        return [(model.excess(self._missing(model), 0, self.due(model.problem)), 1)]

    def _counts(self, model: Model) -> dict[int, Terms]:
        found: dict[int, Terms] = {}
        for index in self.workloads:
            for host, count in model.x[index].items():
                found.setdefault(host, []).append((count, 1))
        return found

    def _missing(self, model: Model) -> Terms:
        """The replicas that are due, less those that remain."""
        terms: Terms = [(model.admitted[self.group(model.problem)], self.due(model.problem))]
        counts = self._counts(model)
        for host, running in self.running(model.problem).items():
            if host in counts:
                kept = model.variable(running)
                model.define([(kept, 1), *((count, -1) for count, _ in counts[host])], high=0)
                terms.append((kept, -1))
        return terms

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        running = self.running(state.problem)
        found = [state.on(index) for index in self.workloads]
        spare = state.due(workload) - 1 >= self.due(state.problem) - self._kept(state.problem, state)
        return lambda host: int(not spare and sum(on.get(host, 0) for on in found) >= running.get(host, 0))
