"""`name_partners`: which replicas serve which, of all links; `check`: whether they do.

A replica is served by a partner on its own host where one stands there, else by the one that serves the fewest for
its replicas. How often a value serves another is what `pairing` says: all that is booked on uplinks together.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import Link, Uplinks
from placelang_scheduler.pairing import asks, pair
from placelang_scheduler.placement import EXEMPT, Violation
from placelang_scheduler.solution import Pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.pairing import Ask, Served
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem

KEYWORD = "partners"


def booked(constraints: Iterable[Constraint]) -> tuple[Uplinks, ...]:
    """The sums of what links take of uplinks that a plan must hold."""
    return tuple(one for one in constraints if isinstance(one, Uplinks) and one.weight is None)


def alone(constraints: Iterable[Constraint]) -> tuple[Link, ...]:
    """The links that are none of those that are booked together, whatever they are called there."""
    found = tuple(constraints)
    together: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Link]] = {}
    for link in (link for one in booked(found) for link in one.links):
        together.setdefault((link.workloads, link.partners), []).append(link)
    return tuple(
        one
        for one in found
        if isinstance(one, Link)
        and not any(
            replace(link, id=one.id) == one for link in together.get((one.workloads, one.partners), ())
        )
    )


def served(
    problem: Problem, placement: Placement, sums: Iterable[Uplinks], links: Iterable[Link]
) -> Iterator[tuple[Link, Ask, Mapping[str, int]]]:
    """Of each link, what is asked and from where it is served; what its uplinks do not carry, as if they did."""
    jobs = [*((one.links, one.capacity) for one in sums), *(((link,), {}) for link in links)]
    for together, capacity in jobs:
        by_id = {link.id: link for link in together}
        wanted = tuple(asks(problem, placement, together))
        answer: Served = pair(wanted, capacity) or pair(wanted, {}) or []
        answer = sorted(answer, key=lambda found: (found[0].link, found[0].value, not found[0].stays))
        yield from ((by_id[ask.link], ask, given) for ask, given in answer)


def name_partners(problem: Problem, placement: Placement) -> tuple[Pair, ...]:
    """The pairs of all links, by link, workload and host."""
    found: Counter[tuple[str, int, int, int, int]] = Counter()
    load: Counter[tuple[str, int, int]] = Counter()
    placed: Counter[tuple[str, int, int]] = Counter()
    views: dict[str, _View] = {}
    sums, links = booked(problem.constraints), alone(problem.constraints)
    for link, ask, given in served(problem, placement, sums, links):
        if link.id not in views:
            views[link.id] = _View(problem, placement, link)
        view = views[link.id]
        waiting = [value for value, count in given.items() for _ in range(count)]
        for workload, host, count in view.replicas.get(ask.value, ()):
            kept = min(count, problem.workloads[workload].current.get(host, 0))
            here = waiting[: kept if ask.stays else count - placed[link.id, workload, host]]
            waiting = waiting[len(here) :]
            placed[link.id, workload, host] += len(here)
            for value in here:
                partner, at = view.choose(value, host, load)
                load[link.id, partner, at] += 1
                found[link.id, workload, host, partner, at] += 1
    return tuple(Pair(*ends, count) for ends, count in sorted(found.items()))


class _View:
    """A placement as a link looks at it: `replicas` and `partners` by value, each with workload and host."""

    def __init__(self, problem: Problem, placement: Placement, link: Link) -> None:
        self.link = link
        self.replicas, self.partners = (
            _standing(problem, placement, workloads, link.key)
            for workloads in (link.workloads, link.partners)
        )
        self._values = [
            {(workload, host): value for value, found in side.items() for workload, host, _ in found}
            for side in (self.replicas, self.partners)
        ]

    def choose(self, value: str, host: int, load: Mapping[tuple[str, int, int], int]) -> tuple[int, int]:
        """The partner at `value` for one more replica on `host`."""
        return min(
            (at != host, (load[self.link.id, partner, at] + 1) / count, partner, at)
            for partner, at, count in self.partners[value]
        )[2:]

    def may(self, pair: Pair) -> bool | None:
        """Whether one may serve the other; None where only what runs there may be."""
        source = self._values[0].get((pair.workload, pair.host))
        target = self._values[1].get((pair.partner, pair.at))
        if source is None or target is None or pair.count < 1:
            return False
        if target in self.link.near(source):
            return True
        return None if target in self.link.maybe_near(source) else False


def _standing(
    problem: Problem, placement: Placement, workloads: Iterable[int], key: str
) -> dict[str, list[tuple[int, int, int]]]:
    found: dict[str, list[tuple[int, int, int]]] = {}
    for workload in workloads:
        for host, count in sorted(placement.on(workload).items()):
            value = problem.hosts[host].domains.get(key)
            if count and value is not None and value != EXEMPT:
                found.setdefault(value, []).append((workload, host, count))
    return found


def check(problem: Problem, placement: Placement, pairs: Iterable[Pair]) -> Iterator[Violation]:
    """Pairs that are none, replicas that are served too often or not at all, uplinks that carry too much."""
    links = {one.id: one for one in problem.constraints if isinstance(one, Link)}
    links |= {link.id: link for one in booked(problem.constraints) for link in one.links}
    total: Counter[tuple[str, int, int]] = Counter()
    doubtful: Counter[tuple[str, int, int]] = Counter()
    views = {name: _View(problem, placement, link) for name, link in links.items()}
    sound = []
    for one in pairs:
        where = (one.link, one.workload, one.host)
        may = views[one.link].may(one) if one.link in views else False
        if may is None:
            doubtful[where] += one.count
            may = doubtful[where] <= problem.workloads[one.workload].current.get(one.host, 0)
        if may:
            total[where] += one.count
            sound.append(one)
        else:
            yield Violation(KEYWORD, 1, one.link, workload=one.workload, host=one.host)
    yield from _unserved(problem, placement, links.values(), total)
    if any(objective.keyword == "latency" for objective in problem.objectives):
        yield from _further(problem, placement, sound, links)
    yield from _overfull(problem, sound)


def _unserved(
    problem: Problem, placement: Placement, links: Iterable[Link], total: Mapping[tuple[str, int, int], int]
) -> Iterator[Violation]:
    for link in links:
        alone = Counter({(v.workload, v.host): v.amount for v in link.violations(problem, placement)})
        for workload in link.workloads:
            for host, count in placement.on(workload).items():
                value = problem.hosts[host].domains.get(link.key)
                due = count - alone[workload, host] if value not in (None, EXEMPT) else 0
                wrong = abs(total[link.id, workload, host] - due)
                if wrong:
                    yield Violation(KEYWORD, wrong, link.id, workload=workload, host=host)


def _further(
    problem: Problem, placement: Placement, pairs: Iterable[Pair], links: Mapping[str, Link]
) -> Iterator[Violation]:
    """Where latency counts, what the pairs add up to that is more than what the level has."""
    due = sum(
        ask.latency[value] * count
        for _, ask, given in served(
            problem, placement, booked(problem.constraints), alone(problem.constraints)
        )
        for value, count in given.items()
    )
    found = 0
    for one in pairs:
        link = links[one.link]
        source, target = (problem.hosts[at].domains[link.key] for at in (one.host, one.at))
        found += one.count * {**link.maybe_near(source), **link.near(source)}[target]
    if found != due:
        yield Violation(KEYWORD, abs(found - due))


def taken(problem: Problem, pairs: Iterable[Pair], sum_of: Uplinks) -> dict[str, int]:
    """What pairs take of each value's uplink."""
    links = {link.id: link for link in sum_of.links}
    used: Counter[str] = Counter()
    for one in pairs:
        if one.link in links:
            ends = {problem.hosts[at].domains.get(links[one.link].key, "") for at in (one.host, one.at)}
            for value in ends if len(ends) > 1 else ():
                used[value] += links[one.link].bandwidth * one.count
    return dict(sorted(used.items()))


def _overfull(problem: Problem, pairs: Iterable[Pair]) -> Iterator[Violation]:
    found = tuple(pairs)
    for one in booked(problem.constraints):
        for value, amount in taken(problem, found, one).items():
            if amount > one.capacity.get(value, amount):
                yield Violation(one.keyword, amount - one.capacity[value], one.id, value=value)
