"""`uplinks`: links are served so that no uplink carries more than it can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.flows import flows
from placelang_scheduler.constraints.link import Link
from placelang_scheduler.constraints.reach import unsound
from placelang_scheduler.constraints.shape import keyed_limit, room_by_value
from placelang_scheduler.pairing import asks, pair
from placelang_scheduler.placement import EXEMPT, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from placelang_scheduler.constraints.flows import Flow
    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Uplinks:
    """Every replica of `links` can be served within reach so that each value's uplink carries all that is booked.

    Serving a replica from another value takes the link's bandwidth of both values' uplinks. `capacity` is what each
    has; one that is not listed carries anything. The links are hard, and over one key; it is hard itself, as whether
    they can all be served is looked for and not always found.
    """

    id: str
    links: tuple[Link, ...]
    capacity: Mapping[str, int]
    weight: int | None = None
    keyword: Literal["uplinks"] = "uplinks"
    lasting: ClassVar[bool] = False

    def subjects(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(workload for link in self.links for workload in link.workloads))

    def names(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(workload for link in self.links for workload in link.names()))

    def faults(self, problem: Problem) -> Iterator[str]:
        if not self.links:
            yield "books no link"
        if self.weight is not None:
            yield "has a weight, and what links book is hard"
        for link in self.links:
            yield from link.faults(problem)
            if link.weight is not None:
                yield "books a link that is soft"
        if len({link.id for link in self.links}) < len(self.links):
            yield "books a link twice"
        if len({link.key for link in self.links}) > 1:
            yield "has links over several keys"
        for value, amount in self.capacity.items():
            yield from unsound(f"what the uplink of {value!r} carries", amount)

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Uplinks]:
        found: dict[int, list[Link]] = {}
        for link in self.links:
            for part, share in link.divide(part_of).items():
                found.setdefault(part, []).append(share)
        return {
            part: Uplinks(self.id, tuple(links), self.capacity, self.weight) for part, links in found.items()
        }

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """What each link ties, and all that may take something of one uplink, if that can ever be too much.

        A replica takes of an uplink what its link asks for, once at most, and while it moves, it stands twice. An
        uplink that carries all of that together is never full, whoever stands where: it ties nobody.
        """
        users: dict[str, dict[int, int]] = {}
        for link in self.links:
            yield from link.ties(problem, room)
            anchored = link.anchored(problem, room)
            free = [workload for workload in link.workloads if workload not in anchored]
            standing = room_by_value(problem, room, link.partners, link.key) if free else {}
            for workload in free if link.bandwidth else ():
                most = 2 * problem.workloads[workload].maximum * link.bandwidth
                values: set[str] = set()
                for own in room_by_value(problem, room, (workload,), link.key):
                    others = [
                        v for v in (*link.near(own), *link.maybe_near(own)) if v in standing and v != own
                    ]
                    values.update((own, *others) if others and own != EXEMPT else ())
                for value in sorted(values & self.capacity.keys()):
                    takes = users.setdefault(value, {})
                    takes[workload] = takes.get(workload, 0) + most
        for value, takes in users.items():
            if sum(takes.values()) > self.capacity[value]:
                yield tuple(takes)

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        return 0

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return keyed_limit(problem, self.links[0].key, workload, host)

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        alone = any(True for link in self.links for _ in link.violations(problem, placement))
        if alone or pair(asks(problem, placement, self.links), self.capacity) is None:
            yield Violation(self.keyword, 1, self.id)

    def post(self, model: Model) -> None:
        found = [flow for link in self.links for flow in flows(model, link, lambda *_: [])]
        self.book(model, found)

    def penalise(self, model: Model) -> Terms:
        return []

    def book(self, model: Model, found: Sequence[Flow]) -> None:
        """What flows over an uplink is no more than it carries."""
        for terms, most in self._booked(found):
            unit = model.unit(terms)
            small = [(variable, -(-need // unit)) for variable, need in terms]
            if model.widest(small) > most // unit:
                model.row(small, high=most // unit)

    def _booked(self, found: Sequence[Flow]) -> Iterator[tuple[Terms, int]]:
        """What is taken of each uplink, and what it carries, in a unit that is common to both."""
        taken: dict[str, Terms] = {}
        for flow in found:
            if flow.source != flow.target and flow.link.bandwidth:
                for value in (flow.source, flow.target):
                    taken.setdefault(value, []).append((flow.variable, flow.link.bandwidth))
        for value in sorted(taken):
            if value in self.capacity:
                divisor = gcd(*(need for _, need in taken[value]))
                small = [(variable, need // divisor) for variable, need in taken[value]]
                yield small, self.capacity[value] // divisor

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        """Whether one more would be too much for the uplink of its own value, as far as its own links go."""
        mine = [link for link in self.links if workload in link.workloads and link.bandwidth]
        hosts, found = state.problem.hosts, state.on(workload)

        def carried(link: Link, host: int) -> bool:
            value = hosts[host].domains.get(link.key)
            standing = state.tally(link.partners, link.key)
            if value is None or standing.get(value) or not any(standing.values()):
                return True
            here = sum(count for at, count in found.items() if hosts[at].domains.get(link.key) == value)
            need = link.bandwidth * (here + 1)
            return need <= self.capacity.get(value, need)

        return lambda host: int(not all(carried(link, host) for link in mine))
