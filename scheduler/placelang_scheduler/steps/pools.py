"""Pools: what copies share and cannot take more of than there is, resources of hosts as much as places of `at most`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from placelang_scheduler.constraints import AtMost, Reserve
from placelang_scheduler.hours import together
from placelang_scheduler.placement import EXEMPT
from placelang_scheduler.rules import candidates, capacity, devices
from placelang_scheduler.rules.draws import draws, sure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from placelang_scheduler.problem import Problem
    from placelang_scheduler.rules.row import Row
    from placelang_scheduler.steps.moves import Copy, Move


class Pool(NamedTuple):
    """`rule` is a keyword; `constraint` the id of a constraint; `of` a resource, a value, or the like on `host`, and
    `row` which of several: what is there of devices for some filters, or at some hours."""

    rule: str
    constraint: str | None
    host: int
    of: str
    row: int = 0


HOLDS = "holds"
_ALWAYS: tuple[None] = (None,)


def taken(problem: Problem, copy: Copy) -> Mapping[str, int]:
    """What a copy takes of its host, with what it is sure to draw for shares of devices."""
    if copy.workload is None or not any(d.share for d in problem.workloads[copy.workload].devices):
        return copy.demand
    shape = problem.workloads[copy.workload]
    found = dict(copy.demand)
    for resource, amount in sure(problem, shape, copy.host).items():
        found[resource] = found.get(resource, 0) + amount - shape.demand.get(resource, 0)
    return found


class Pools:
    """What is taken of each pool, as steps are made. Only `live` ones are looked at: of which something is taken
    and something given back. Of the others there is enough, as the placement shows."""

    def __init__(
        self, problem: Problem, placements: Sequence[Mapping[int, int]], moves: Sequence[Move]
    ) -> None:
        self._problem = problem
        self._moves = moves
        self._placements = placements
        self._targets = Counter(
            (m.target.workload, m.target.host) for m in moves if m.target and m.target.workload is not None
        )
        self._bounds = _bounds(problem, moves)
        self._by_id = {bound.id: bound for found in self._bounds.values() for bound in found}
        self._uses: dict[int, tuple[Copy, tuple[tuple[Pool, int], ...]]] = {}
        self._rows: dict[int, tuple[Row, ...]] = {}
        self._tallies: dict[str, Counter[str]] = {}
        self._standing: dict[int, list[tuple[int, int]]] | None = None
        self._moving: dict[int, set[int]] | None = None
        self._hours = any(workload.hours is not None for workload in problem.workloads)
        self._times: dict[tuple[int, str], tuple[frozenset[int] | None, ...]] = {}
        self._before = self._total([m.source for m in moves])
        self._after = self._total([m.target for m in moves] if self._before else [])
        self._rest: dict[Pool, int] = {}
        self.live = {pool for pool in self._after if pool in self._before}
        self.used: dict[Pool, int] = {}
        self.limits: dict[Pool, int] = {}
        self.free: dict[Pool, int] = {}
        self._open(self.live)

    def uses(self, copy: Copy) -> tuple[tuple[Pool, int], ...]:
        """What a copy takes of which pools."""
        known = self._uses.get(id(copy))
        if known is None:
            known = self._uses[id(copy)] = copy, tuple(self._work_out(copy))
        return known[1]

    def looked_at(self, copy: Copy) -> tuple[tuple[Pool, int], ...]:
        """What a copy takes of live pools."""
        return tuple((pool, n) for pool, n in self.uses(copy) if pool in self.live) if self.live else ()

    def lacking(self, copy: Copy) -> Pool | None:
        """A pool of which there is not enough left for one more copy."""
        for pool, amount in self.looked_at(copy):
            if self.used[pool] + amount > self.limits[pool]:
                return pool
        return None

    def add(self, copy: Copy, sign: int) -> None:
        """A copy starts (1) or stops (-1)."""
        for pool, amount in self.looked_at(copy):
            self.used[pool] += sign * amount

    def _total(self, copies: Iterable[Copy | None]) -> dict[Pool, int]:
        """What copies take together."""
        found: dict[Pool, int] = {}
        for copy in copies:
            for pool, amount in self.uses(copy) if copy is not None else ():
                found[pool] = found.get(pool, 0) + amount
        return found

    def enliven(self, copy: Copy, standing: Iterable[Copy]) -> None:
        """From here on the pools of a copy that stands for a while are looked at; `standing` are the moves' own."""
        fresh = {pool for pool, _ in self.uses(copy)} - self.live
        self._open(fresh)
        for pool in fresh:
            self.used[pool] = self._rest[pool]
        for other in standing:
            for pool, amount in self.uses(other):
                if pool in fresh:
                    self.used[pool] += amount
        self.live |= fresh

    def cramped(self, move: Move) -> Pool | None:
        """A pool of which there is never enough for both copies of a move, whatever else stands."""
        if move.source is None or move.target is None:
            return None
        wanted = dict(self.uses(move.target))
        for pool, amount in self.uses(move.source):
            if pool in wanted and self._rest[pool] + amount + wanted[pool] > self.limits[pool]:
                return pool
        return None

    def _open(self, pools: set[Pool]) -> None:
        """What is taken before, and the limit: what there is, but at least what is taken before, or after."""
        for pool in pools:
            rest = self._rest[pool] = self._at_rest(pool)
            before = rest + self._before.get(pool, 0)
            self.used[pool] = before
            self.limits[pool] = max(self._declared(pool), before, rest + self._after.get(pool, 0))
            self.free[pool] = self.limits[pool] - before

    def _work_out(self, copy: Copy) -> Iterator[tuple[Pool, int]]:
        host = copy.host
        for resource, amount in taken(self._problem, copy).items():
            for row, moment in enumerate(self._moments(host, resource)) if amount else ():
                if moment is None or copy.workload is None or copy.workload in moment:
                    yield Pool(capacity.KEYWORD, None, host, resource, row), amount
        for name in sorted(copy.holds):
            yield Pool(HOLDS, None, host, name), 1
        if copy.workload is not None:
            yield from self._of_workload(copy, copy.workload)

    def _of_workload(self, copy: Copy, workload: int) -> Iterator[tuple[Pool, int]]:
        host, shape = copy.host, self._problem.workloads[workload]
        for number, row in enumerate(self._device_rows(host)) if shape.devices else ():
            if row.demand.get(workload):
                yield Pool(devices.KEYWORD, None, host, row.resource, number), row.demand[workload]
        if shape.staying(host):
            yield Pool(candidates.KEYWORD, None, host, str(workload)), 1
        for bound in self._bounds.get(workload, ()):
            if isinstance(bound, AtMost):
                value = self._problem.hosts[host].domains.get(bound.key)
                if value is None:
                    yield Pool(bound.keyword, bound.id, host, f"\0{workload}"), 1
                elif value != EXEMPT:
                    yield Pool(bound.keyword, bound.id, -1, value), 1
            elif host in bound.free and copy.demand.get(bound.resource):
                yield Pool(bound.keyword, bound.id, host, bound.resource), copy.demand[bound.resource]

    def _declared(self, pool: Pool) -> int:
        """What there is."""
        host = self._problem.hosts[pool.host]
        if pool.rule == capacity.KEYWORD:
            return host.capacity.get(pool.of, 0)
        if pool.rule == HOLDS:
            return 1
        if pool.rule == devices.KEYWORD:
            return self._device_rows(pool.host)[pool.row].capacity
        if pool.rule == candidates.KEYWORD or pool.of.startswith("\0"):
            return self._problem.workloads[int(pool.of.lstrip("\0"))].staying(pool.host)
        bound = self._by_id[pool.constraint or ""]
        if isinstance(bound, Reserve):
            return max(0, host.capacity.get(bound.resource, 0) - bound.free[pool.host])
        return bound.count

    def _at_rest(self, pool: Pool) -> int:
        """What replicas take that do not move."""
        workloads = self._problem.workloads
        if pool.rule == HOLDS:
            return 0
        if pool.rule == capacity.KEYWORD:
            moment = self._moments(pool.host, pool.of)[pool.row]
            return sum(
                n * sure(self._problem, workloads[w], pool.host).get(pool.of, 0)
                for w, n in self._on(pool.host)
                if moment is None or w in moment
            )
        if pool.rule == devices.KEYWORD:
            row = self._device_rows(pool.host)[pool.row]
            return sum(n * row.demand.get(w, 0) for w, n in self._on(pool.host))
        if pool.rule == candidates.KEYWORD or pool.of.startswith("\0"):
            return dict(self._on(pool.host)).get(int(pool.of.lstrip("\0")), 0)
        bound = self._by_id[pool.constraint or ""]
        if isinstance(bound, Reserve):
            named = set(bound.names())
            return sum(n * workloads[w].demand.get(pool.of, 0) for w, n in self._on(pool.host) if w in named)
        return self._tally(bound)[pool.of]

    def _tally(self, bound: AtMost) -> Counter[str]:
        """Replicas at rest by value."""
        if bound.id not in self._tallies:
            found = self._tallies[bound.id] = Counter()
            for workload in bound.workloads:
                for host, count in self._placements[workload].items():
                    value = self._problem.hosts[host].domains.get(bound.key)
                    if value is not None:
                        found[value] += count - self._targets[workload, host]
        return self._tallies[bound.id]

    def _on(self, host: int) -> list[tuple[int, int]]:
        """Replicas at rest on a host, by workload."""
        if self._standing is None:
            self._standing = {}
            for workload, counts in enumerate(self._placements):
                for there, count in counts.items():
                    rest = count - self._targets[workload, there]
                    if rest:
                        self._standing.setdefault(there, []).append((workload, rest))
        return self._standing.get(host, [])

    def _present(self, host: int) -> list[int]:
        """The workloads that stand on a host, before, after or all the time."""
        if self._moving is None:
            self._moving = {}
            for copy in (copy for move in self._moves for copy in (move.source, move.target) if copy):
                if copy.workload is not None:
                    self._moving.setdefault(copy.host, set()).add(copy.workload)
        return sorted(self._moving.get(host, set()) | {workload for workload, _ in self._on(host)})

    def _device_rows(self, host: int) -> tuple[Row, ...]:
        if host not in self._rows:
            self._rows[host] = tuple(devices.rows(self._problem, host, self._present(host)))
        return self._rows[host]

    def _moments(self, host: int, resource: str) -> tuple[frozenset[int] | None, ...]:
        """The sets of workloads that take a resource at one time; None stands for all."""
        if not self._hours or resource in draws(self._problem, host).values():
            return _ALWAYS
        if (host, resource) not in self._times:
            sets = together(self._problem, self._present(host))
            self._times[host, resource] = tuple(map(frozenset, sets)) if len(sets) > 1 else _ALWAYS
        return self._times[host, resource]


def _bounds(problem: Problem, moves: Sequence[Move]) -> dict[int, list[AtMost | Reserve]]:
    """The hard constraints that are pools, by the workloads that move."""
    moving = {copy.workload for move in moves for copy in (move.source, move.target) if copy}
    found: dict[int, list[AtMost | Reserve]] = {}
    for constraint in problem.constraints:
        if constraint.weight is None and isinstance(constraint, AtMost | Reserve):
            for workload in constraint.names():
                if workload in moving:
                    found.setdefault(workload, []).append(constraint)
    return found
