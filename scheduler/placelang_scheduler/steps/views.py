"""Views: how constraints look at replicas while some of them are on their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import (
    AtMost,
    Best,
    Different,
    Hosts,
    Keep,
    Link,
    Reserve,
    Same,
    Stock,
    Survive,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.placement import Contingency, Loss, Placement
    from placelang_scheduler.problem import Problem, Variants
    from placelang_scheduler.steps.moves import Move

Broken = dict[tuple[object, ...], int]
"""How much of what is broken where."""

AT_REST = (Best, Hosts, Keep, Survive)
"""What speaks of where replicas end, and not of the way."""
_UPPER = (AtMost, Different, Reserve, Stock)
"""What only ever limits: it looks at the copies that stand, and nothing else."""


class Counts:
    """Copies by workload and host: those that `stand`, and `held`, which has those that stopped early where they
    stood."""

    def __init__(
        self, problem: Problem, placements: Sequence[Mapping[int, int]], moves: Sequence[Move]
    ) -> None:
        self.problem = problem
        self.placements = placements
        self._changed: dict[int, dict[int, int]] = {}
        self._held: dict[int, dict[int, int]] = {}
        self.whole: dict[Variants, int] = {}
        for move in moves:
            for copy, sign in ((move.target, -1), (move.source, 1)):
                if copy is not None and copy.workload is not None:
                    self.add(copy.workload, copy.host, sign)
        for one in problem.counts(self._changed):
            before = sum(sum(self.stand(index).values()) for index in one.workloads)
            after = sum(sum(placements[index].values()) for index in one.workloads)
            self.whole[one] = min(before, after) or before or after

    def add(self, workload: int, host: int, change: int) -> None:
        """`change` more copies stand."""
        found = self._changed.get(workload)
        if found is None:
            found = self._changed[workload] = dict(self.placements[workload])
        found[host] = found.get(host, 0) + change

    def hold(self, workload: int, host: int, change: int) -> None:
        """`change` more copies stopped early there."""
        found = self._held.setdefault(workload, {})
        found[host] = found.get(host, 0) + change

    def stand(self, workload: int) -> Mapping[int, int]:
        """The copies that stand, by host; hosts without one may be 0."""
        return self._changed.get(workload) or self.placements[workload]

    def held(self, workload: int) -> Mapping[int, int]:
        """The copies that stand or stopped early."""
        stand, held = self.stand(workload), self._held.get(workload)
        if not held:
            return stand
        return {
            host: stand.get(host, 0) + held.get(host, 0) for host in (*stand, *(held.keys() - stand.keys()))
        }

    def is_whole(self, workload: int) -> bool:
        """Whether it has, with its variants, as many replicas as before and after, or after where it had none."""
        one = self.problem.counted(workload)
        due = self.whole.get(one)
        return due is None or sum(sum(self.held(index).values()) for index in one.workloads) >= due


@dataclass(frozen=True, slots=True)
class View:
    """Copies as one constraint looks at them: who rests on partners stands there, and the partners are held."""

    counts: Counts
    constraint: Constraint

    def on(self, workload: int) -> Mapping[int, int]:
        subjects = self.constraint.subjects()
        stands = isinstance(self.constraint, _UPPER) or (
            workload in subjects and len(subjects) < len(self.constraint.names())
        )
        return self.counts.stand(workload) if stands else self.counts.held(workload)

    @property
    def contingencies(self) -> Mapping[Loss, Contingency]:
        return {}

    def admits(self, group: int) -> bool:
        workloads = self.counts.problem.workloads
        return all(
            self.counts.is_whole(workload)
            for workload in self.constraint.names()
            if workloads[workload].group == group
        )


def broken(counts: Counts, constraint: Constraint, *, partner_first: bool = False) -> Broken:
    """What is broken of a constraint; of one that does more than limit, as far as its workloads are whole.

    With `partner_first`, `same` and `link` hold of the first replicas that start, too.
    """
    if isinstance(constraint, AT_REST):
        return {}
    always = isinstance(constraint, _UPPER) or (partner_first and isinstance(constraint, Same | Link))
    if not always and not all(counts.is_whole(w) for w in constraint.subjects()):
        return {}
    view: Placement = View(counts, constraint)
    found: Broken = {}
    for v in constraint.violations(counts.problem, view):
        key = (v.rule, v.constraint, v.workload, v.host, v.value, v.resource)
        found[key] = found.get(key, 0) + v.amount
    return found


def worse(now: Broken, before: Broken) -> bool:
    """Whether anything is broken that was not, or more of it."""
    return any(amount > before.get(key, 0) for key, amount in now.items())
