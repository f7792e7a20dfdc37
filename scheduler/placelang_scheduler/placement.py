"""What checks look at: who stands where, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from placelang_scheduler.problem import Problem

Loss = tuple[int, ...]
"""Hosts that are lost together, ascending."""
Held = tuple[Mapping[str, int], ...]
"""Devices held per class id, for each device demand of a workload in order."""


@dataclass(frozen=True, slots=True)
class Contingency:
    """What is done after a loss.

    `placements`: where replicas stand then, for the workloads that do not just stand where they stood on what is left.
    `covered`: the ids of the `Survive` constraints that hold by it. `devices`: who holds which devices on the hosts
    where that is not as it was, as in `Solution.devices`.
    """

    placements: Mapping[int, Mapping[int, int]]
    covered: frozenset[str]
    devices: Mapping[tuple[int, int], Held] = field(default_factory=dict)


EXEMPT = "\0exempt"
"""The value of a key on hosts that constraints over that key do not look at."""


class Placement(Protocol):
    """Replicas by workload and host, and the groups that are admitted."""

    def on(self, workload: int) -> Mapping[int, int]:
        """Replicas of `workload` per host index; hosts without one may be absent or 0."""

    def admits(self, group: int) -> bool:
        """Whether `group` is admitted."""

    @property
    def contingencies(self) -> Mapping[Loss, Contingency]:
        """What is done after losses."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A placement at rest. Workloads that are not listed have no replica."""

    counts: Mapping[int, Mapping[int, int]]
    admitted: frozenset[int]
    contingencies: Mapping[Loss, Contingency] = field(default_factory=dict)

    def on(self, workload: int) -> Mapping[int, int]:
        return self.counts.get(workload, {})

    def admits(self, group: int) -> bool:
        return group in self.admitted


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that a placement breaks: `rule` is the keyword of a rule or constraint, `amount` how often or by how
    much.

    `constraint` is the id of the constraint, None for a rule; the rest says where, as far as it applies.
    """

    rule: str
    amount: int = 1
    constraint: str | None = None
    group: int | None = None
    workload: int | None = None
    host: int | None = None
    value: str | None = None
    resource: str | None = None


def left_of(placement: Placement, workload: int, loss: Loss) -> dict[int, int]:
    """The replicas of `workload` on the hosts that are left after `loss`."""
    return {host: count for host, count in placement.on(workload).items() if count and host not in loss}


def tally(
    problem: Problem, placement: Placement, workloads: Iterable[int], key: str
) -> dict[str | None, int]:
    """Replicas of `workloads`, counted together, per value of `key`; None counts those on hosts without a value. Exempt
    hosts are not looked at."""
    found: dict[str | None, int] = {}
    hosts = problem.hosts
    for workload in workloads:
        for host, count in placement.on(workload).items():
            if count:
                value = hosts[host].domains.get(key)
                found[value] = found.get(value, 0) + count
    found.pop(EXEMPT, None)
    return found


def exempt(problem: Problem, placement: Placement, workload: int, key: str) -> int:
    """Replicas of `workload` on hosts that constraints over `key` do not look at."""
    hosts = problem.hosts
    counts = placement.on(workload).items()
    return sum(count for host, count in counts if hosts[host].domains.get(key) == EXEMPT)
