"""`State`: a placement of one part that is being worked on, with what greedy and search ask of it kept at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.placement import Settled
from placelang_scheduler.rules import devices
from placelang_scheduler.rules.seats import Seats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.parts import Part
    from placelang_scheduler.placement import Contingency, Held, Loss

Tally = dict[str | None, int]


class State:
    """Replicas on hosts of `part`, none to begin with.

    `free[h]` is what is left of each of the host's rows, `standing[h]` the replicas on it, `placed[w]` how many
    replicas of a workload there are; `variants[w]` are those that it counts together with, itself among them.
    `Survive` constraints are not minded here: what is done
    after losses is found for a placement as a whole, and `contingencies` has it where it was.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.problem = part.problem
        self.counts: dict[int, dict[int, int]] = {workload: {} for workload in part.workloads}
        self.admitted: set[int] = set()
        self.contingencies: Mapping[Loss, Contingency] = {}
        self.placed = dict.fromkeys(part.workloads, 0)
        self.variants = {workload: part.problem.counted(workload).workloads for workload in part.workloads}
        self._goal = dict.fromkeys(part.workloads, 0)
        self.standing = dict.fromkeys(part.hosts, 0)
        self.free = {host: [row.capacity for row in rows] for host, rows in part.rows.items()}
        self.needs: dict[int, dict[int, list[tuple[int, int]]]] = {
            workload: {host: [] for host in room} for workload, room in part.room.items()
        }
        self.load: dict[str, dict[int, list[int]]] = {}
        for host, rows in part.rows.items():
            for index, row in enumerate(rows):
                if row.rule == "capacity":
                    self.load.setdefault(row.resource, {}).setdefault(host, []).append(index)
                for workload, need in row.demand.items():
                    self.needs[workload][host].append((index, need))
        self.hard: dict[int, list[Constraint]] = {workload: [] for workload in part.workloads}
        for constraint in part.constraints:
            if constraint.weight is None and constraint.keyword != "survive":
                for workload in dict.fromkeys(constraint.names()):
                    self.hard[workload].append(constraint)
        self._desks = _desks(part)
        self._seats: dict[int, Seats] = {}
        self._known: dict[tuple[int, tuple[tuple[int, int], ...]], dict[int, Held] | None] = {}
        self._tallies: dict[tuple[str, tuple[int, ...]], Tally] = {}
        self._watching: dict[int, list[tuple[str, Tally]]] = {workload: [] for workload in part.workloads}

    def on(self, workload: int) -> Mapping[int, int]:
        return self.counts.get(workload, {})

    def admits(self, group: int) -> bool:
        return group in self.admitted

    def due(self, workload: int) -> int:
        """Replicas that are wanted and not placed, of variants together."""
        return self._goal[self.variants[workload][0]] - self.number(workload)

    def number(self, workload: int) -> int:
        """Replicas that are placed, of variants together."""
        return sum(self.placed[index] for index in self.variants[workload])

    def want(self, workload: int, number: int) -> None:
        """So many replicas are wanted, of variants together."""
        self._goal[self.variants[workload][0]] = number

    def shares(self, workload: int) -> bool:
        """Whether it has to be looked at with others somewhere, as devices are shared."""
        return any(workload in concerned for concerned in self._desks.values())

    def fits(self, workload: int, host: int, *, reseat: bool = True) -> bool:
        """Whether the host has what one more replica needs, whatever constraints say; where devices are shared,
        unless others have to change seats for it and they are not to `reseat`."""
        if self.counts[workload].get(host, 0) >= self.part.room[workload].get(host, 0):
            return False
        free = self.free[host]
        if any(free[index] < need for index, need in self.needs[workload][host]):
            return False
        if workload not in self._desks.get(host, ()):
            return True
        seats = self._at(host)
        if seats.has_room(workload):
            return True
        if not reseat:
            return False
        present = seats.present | {workload: seats.present.get(workload, 0) + 1}
        return self._seating(host, present) is not None

    def _at(self, host: int) -> Seats:
        if host not in self._seats:
            self._seats[host] = Seats(self.problem, host)
        return self._seats[host]

    def _seating(self, host: int, present: Mapping[int, int]) -> dict[int, Held] | None:
        """What those who share devices with others hold, if they all find what they need and that is soon seen."""
        key = (host, tuple(sorted(present.items())))
        if key not in self._known:
            self._known[key] = devices.seated(self.problem, host, present)
        return self._known[key]

    def _seat(self, workload: int, host: int, change: int) -> None:
        """Replicas come to the devices of a host, or leave them."""
        seats = self._at(host)
        for _ in range(abs(change)):
            (seats.add if change > 0 else seats.remove)(workload)
        if not seats.seated:
            held = self._seating(host, seats.present)
            if held is not None:
                self._seats[host] = seats.settle(seats.present, held)

    def add(self, workload: int, host: int, change: int = 1) -> None:
        """Put `change` replicas on a host, or take them away where it is negative."""
        counts = self.counts[workload]
        now = counts.get(host, 0) + change
        if now:
            counts[host] = now
        else:
            del counts[host]
        self.placed[workload] += change
        self.standing[host] += change
        free = self.free[host]
        for index, need in self.needs[workload][host]:
            free[index] -= need * change
        if workload in self._desks.get(host, ()):
            self._seat(workload, host, change)
        for key, found in self._watching[workload]:
            value = self.problem.hosts[host].domains.get(key)
            found[value] = found.get(value, 0) + change

    def clear(self, workload: int) -> None:
        """Take all replicas of a workload away."""
        for host, count in list(self.counts[workload].items()):
            self.add(workload, host, -count)

    def tally(self, workloads: tuple[int, ...], key: str) -> Tally:
        """Replicas of `workloads` per value of `key`, kept up to date from now on."""
        found = self._tallies.get((key, workloads))
        if found is None:
            found = self._tallies[key, workloads] = {}
            for workload in workloads:
                self._watching[workload].append((key, found))
                for host, count in self.counts[workload].items():
                    value = self.problem.hosts[host].domains.get(key)
                    found[value] = found.get(value, 0) + count
        return found

    def used(self, resource: str, host: int) -> int:
        """How much of a resource the replicas on a host take, at most at one time."""
        rows, free = self.part.rows[host], self.free[host]
        return max((rows[i].capacity - free[i] for i in self.load.get(resource, {}).get(host, ())), default=0)

    def present(self, host: int) -> dict[int, int]:
        """The replicas on a host, by workload."""
        return {index: found[host] for index, found in self.counts.items() if host in found}

    def settle(self) -> Settled:
        """The placement as it is now."""
        counts = {workload: dict(sorted(found.items())) for workload, found in self.counts.items()}
        return Settled(counts, frozenset(self.admitted), self.contingencies)

    def restore(self, placement: Settled) -> None:
        """Make this the placement."""
        for workload in self.counts:
            self.clear(workload)
            for host, count in placement.on(workload).items():
                self.add(workload, host, count)
        for workload in self.counts:
            self.want(workload, self.number(workload))
        self.admitted = set(placement.admitted)
        self.contingencies = placement.contingencies


def _desks(part: Part) -> dict[int, frozenset[int]]:
    """Where devices are shared: the workloads that have to be looked at together."""
    shapes = part.problem.workloads
    if all(demand.alone for index in part.workloads for demand in shapes[index].devices):
        return {}
    present: dict[int, list[int]] = {host: [] for host in part.hosts}
    for index in part.workloads:
        for host in part.room[index]:
            present[host].append(index)
    found = {host: devices.concerned(part.problem, host, standing) for host, standing in present.items()}
    return {host: frozenset(concerned) for host, concerned in found.items() if concerned}
