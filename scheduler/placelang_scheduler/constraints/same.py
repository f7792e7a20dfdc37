"""`same`: every replica shares the value of a key with a replica of a partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from placelang_scheduler.constraints.shape import Pair, keyed_limit, strays
from placelang_scheduler.placement import EXEMPT, Violation, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Same(Pair):
    """Every replica of `workloads` shares its value of `key` with some replica of `partners`.

    Soft: one violation per replica without partner.
    """

    id: str
    workloads: tuple[int, ...]
    partners: tuple[int, ...]
    key: str
    weight: int | None = None
    keyword: Literal["same"] = "same"

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return keyed_limit(problem, self.key, workload, host)

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        partners = tally(problem, placement, self.partners, self.key)
        for workload in self.workloads:
            yield from strays(problem, placement, self, workload)
            for value, count in tally(problem, placement, (workload,), self.key).items():
                if value is not None and not partners.get(value):
                    yield Violation(self.keyword, count, self.id, workload=workload, value=value)

    def post(self, model: Model) -> None:
        partners = model.by_value(self.partners, self.key)
        for value, literal in model.present(self.workloads, self.key).items():
            if value is not None:
                near = partners.get(value, [])
                model.row([(literal, 1), *((count, -1) for count, _ in near)], high=0)

    def penalise(self, model: Model) -> Terms:
        groups = model.by_value(self.workloads, self.key)
        partners = model.present(self.partners, self.key)
        lonely = groups.pop(None, [])
        for value, terms in groups.items():
            if value in partners:
                most = model.widest(terms)
                lonely.append((model.excess([*terms, (partners[value], -most)], 0, most), 1))
            else:
                lonely.extend(terms)
        return lonely

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        """Partners stand where they like: they come first, and are waited for where they do not."""
        near = state.tally(self.partners, self.key)
        waiting = not any(count for value, count in near.items() if value != EXEMPT)
        hosts = state.problem.hosts

        def extra(host: int) -> int:
            value = hosts[host].domains.get(self.key)
            return int(value is None or not (value == EXEMPT or waiting or near.get(value)))

        return extra if workload in self.workloads else lambda _: 0
