"""What checks look at: who stands where, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from placelang_scheduler.problem import Problem

EXEMPT = "\0exempt"
"""The value of a key on hosts that constraints over that key do not look at."""


class Placement(Protocol):
    """Replicas by workload and host, and the groups that are admitted."""

    def on(self, workload: int) -> Mapping[int, int]:
        """Replicas of `workload` per host index; hosts without one may be absent or 0."""

    def admits(self, group: int) -> bool:
        """Whether `group` is admitted."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A placement at rest. Workloads that are not listed have no replica."""

    counts: Mapping[int, Mapping[int, int]]
    admitted: frozenset[int]

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
