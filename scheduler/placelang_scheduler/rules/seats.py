"""`Seats`: who holds which devices of a host while replicas come and go, so that most often one more is seated at once.

Whoever comes takes what is left as it is; only where that does not suffice has everybody to change seats, see `desk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.rules.draws import draws
from placelang_scheduler.rules.filters import accepted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from placelang_scheduler.placement import Held
    from placelang_scheduler.problem import DeviceDemand, Problem

Change = tuple[int, str, int]
"""For the demand of that number, so many of a class more."""


class Seats:
    """The seats on a host, none taken to begin with.

    `present` are replicas by workload, `held` what they hold for each demand, unless they are not `seated`. `lends`,
    `closed` and `open` are what each class has left to lend, devices that nobody holds, and those that several may;
    `budget` is what is left of the resources that shares draw on.
    """

    def __init__(self, problem: Problem, host: int) -> None:
        shape = problem.hosts[host]
        self.problem, self.host = problem, host
        self.draws = draws(problem, host)
        self.budget = {resource: shape.capacity.get(resource, 0) for resource in self.draws.values()}
        self.lends = {device.id: device.lends for device in shape.devices}
        self.whole = dict(self.lends)
        self.closed = {device.id: device.count for device in shape.devices}
        self.open = dict.fromkeys(self.closed, 0)
        self.present: dict[int, int] = {}
        self.held: dict[int, list[dict[str, int]]] = {}
        self.seated = True
        self._classes: dict[int, list[tuple[str, ...]]] = {}

    def has_room(self, index: int) -> bool:
        """Whether one more replica finds what it holds, with nobody else changing seats."""
        demands = self.problem.workloads[index].devices
        if self.seated and not self.budget and len(demands) == 1 and demands[0].count == 1:
            held = self.held.get(index)
            if demands[0].shared and held and held[0]:
                return True
            return self._choose(demands[0], self._served_by(index)[0], {}) is not None
        changes = self._come(index) if self.seated else None
        if changes is not None:
            self._leave(index, changes)
        return changes is not None

    def add(self, index: int) -> None:
        """One replica more; where that takes others to change seats, nobody is seated any longer."""
        if not self.seated or self._come(index) is None:
            self.seated = False
            self._count(index, 1)

    def remove(self, index: int) -> None:
        """One replica less."""
        changes: list[Change] = []
        for number, demand in enumerate(self.problem.workloads[index].devices if self.seated else ()):
            due = demand.count if not demand.shared or self.present[index] == 1 else 0
            for device, count in list(self.held[index][number].items()):
                taken = min(due, count)
                due -= taken
                if taken:
                    changes.append((number, device, taken))
        self._leave(index, changes)

    def settle(self, present: Mapping[int, int], held: Mapping[int, Held]) -> Seats:
        """The seats of those present as they are held."""
        found = Seats(self.problem, self.host)
        for index, count in present.items():
            found._count(index, count)
            for number, taken in enumerate(held.get(index, ())):
                for device, of_class in taken.items():
                    found._hold(index, number, device, of_class)
        return found

    def _come(self, index: int) -> list[Change] | None:
        changes: list[Change] = []
        self._count(index, 1)
        classes = self._served_by(index)
        for number, demand in enumerate(self.problem.workloads[index].devices):
            for _ in range(0 if demand.shared and self.present[index] > 1 else demand.count):
                found = self._choose(demand, classes[number], self.held[index][number])
                if found is None:
                    self._leave(index, changes)
                    return None
                self._hold(index, number, found, 1)
                changes.append((number, found, 1))
        if any(left < 0 for left in self.budget.values()):
            self._leave(index, changes)
            return None
        return changes

    def _served_by(self, index: int) -> list[tuple[str, ...]]:
        found = self._classes.get(index)
        if found is None:
            demands = self.problem.workloads[index].devices
            found = self._classes[index] = [accepted(self.problem, d, self.host) for d in demands]
        return found

    def _leave(self, index: int, changes: Sequence[Change]) -> None:
        for number, device, count in changes:
            self._hold(index, number, device, -count)
        self._count(index, -1)

    def _choose(self, demand: DeviceDemand, classes: Sequence[str], held: Mapping[str, int]) -> str | None:
        """The class of which one device more, or a share of one, is had most cheaply."""
        if demand.share:
            may = [
                name
                for name in classes
                if self.lends[name] >= demand.share
                and (self.open[name] or self.closed[name])
                and (name not in self.draws or self.budget[self.draws[name]] >= demand.share)
            ]
            return min(
                may,
                key=lambda name: (name in self.draws, not self.open[name], self.lends[name]),
                default=None,
            )
        if demand.shared:
            may = [name for name in classes if self.open[name] + self.closed[name] > held.get(name, 0)]
            return min(may, key=lambda name: self.open[name] <= held.get(name, 0), default=None)
        may = [name for name in classes if self.closed[name]]
        return min(may, key=lambda name: self.whole[name], default=None)

    def _count(self, index: int, change: int) -> None:
        workload = self.problem.workloads[index]
        now = self.present[index] = self.present.get(index, 0) + change
        if not now:
            del self.present[index]
        if index not in self.held:
            self.held[index] = [{} for _ in workload.devices]
        for resource in self.budget:
            self.budget[resource] -= change * workload.demand.get(resource, 0)

    def _hold(self, index: int, number: int, device: str, count: int) -> None:
        demand, held = self.problem.workloads[index].devices[number], self.held[index][number]
        held[device] = held.get(device, 0) + count
        if not held[device]:
            del held[device]
        if demand.alone:
            self.closed[device] -= count
            return
        self.lends[device] -= count * demand.share
        if device in self.draws:
            self.budget[self.draws[device]] -= count * demand.share
        lent = int(self.lends[device] < self.whole[device])
        self._open(device, max(lent, self._shared(device)))

    def _shared(self, device: str) -> int:
        """How many of a class the one holds that shares the most of them."""
        shapes = self.problem.workloads
        return max(
            (
                found.get(device, 0)
                for index in self.present
                for demand, found in zip(shapes[index].devices, self.held[index], strict=True)
                if demand.shared
            ),
            default=0,
        )

    def _open(self, device: str, number: int) -> None:
        self.closed[device] += self.open[device] - number
        self.open[device] = number
