"""`replay`: whether steps in some order are safe, by the own checks of every rule and constraint.

Enters what `order` had, and steps in any order. Leaves what is broken after each step and was not before: nothing,
where all is as `order` promises. Shares with it how constraints look at replicas on their way, and nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from placelang_scheduler.hours import Hours, heaviest
from placelang_scheduler.placement import Violation
from placelang_scheduler.rules import candidates, capacity, devices
from placelang_scheduler.rules.draws import draws
from placelang_scheduler.steps.local import shares
from placelang_scheduler.steps.moves import Act, Copy
from placelang_scheduler.steps.pools import HOLDS, taken
from placelang_scheduler.steps.views import Counts, broken, worse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.steps.moves import Move, Step

Fault = tuple[int, Violation]
"""The number of the step after which something is broken, and what."""


def replay(
    problem: Problem,
    placements: Sequence[Mapping[int, int]],
    moves: Sequence[Move],
    steps: Sequence[Step],
) -> Iterator[Fault]:
    """What is broken on the way. What a step says that it breaks may be."""
    copies = [_copy(moves, step) for step in steps]
    counts = Counts(problem, placements, moves)
    hosts = _Hosts(problem, placements, moves, {copy.host for copy in copies})
    by_workload: dict[int, list[Constraint]] = defaultdict(list)
    ever = [*copies, *(copy for move in moves for copy in (move.source, move.target) if copy is not None)]
    for share in shares(problem, problem.constraints, placements, ever):
        for workload in share.names():
            by_workload[workload].append(share)
    before = {id(c): broken(counts, c) for found in by_workload.values() for c in found}
    started: set[int] = set()
    for number, (step, copy) in enumerate(zip(steps, copies, strict=True)):
        hosts.make(step, copy)
        _count(counts, moves, step, copy, started)
        yield from ((number, violation) for violation in hosts.faults(copy.host))
        for constraint in by_workload.get(copy.workload, ()) if copy.workload is not None else ():
            if id(constraint) in before and worse(broken(counts, constraint), before[id(constraint)]):
                if all(bar.constraint != constraint.id for bar in step.breaches):
                    yield number, Violation(constraint.keyword, constraint=constraint.id, host=copy.host)
                del before[id(constraint)]


def _copy(moves: Sequence[Move], step: Step) -> Copy:
    move = moves[step.move]
    if step.spare and move.target is not None:
        return Copy(step.host, move.target.workload, move.target.demand)
    copy = move.target if step.act is Act.START else move.source
    if copy is None or copy.host != step.host:
        raise ValueError(f"step of a copy that is not there: {step}")
    return copy


def _count(counts: Counts, moves: Sequence[Move], step: Step, copy: Copy, started: set[int]) -> None:
    """A copy more or less; one that stopped early is held where it stood until it starts."""
    starts = step.act is Act.START
    if copy.workload is None:
        return
    counts.add(copy.workload, copy.host, 1 if starts else -1)
    source = moves[step.move].source
    if step.early is not None:
        counts.hold(copy.workload, copy.host, 1)
        started.add(step.move)
    elif starts and not step.spare and step.move in started and source is not None:
        counts.hold(copy.workload, source.host, -1)


Key = tuple[str, str]
"""A rule, and a resource, a thing, or one of the host's rows of devices."""
Taken = tuple[str, str, Hours]
"""The same, and when it is taken."""


class _Hosts:
    """What is taken of the hosts that steps touch: of nothing more than there is, or than is taken before or after."""

    def __init__(
        self,
        problem: Problem,
        placements: Sequence[Mapping[int, int]],
        moves: Sequence[Move],
        hosts: set[int],
    ) -> None:
        self._problem = problem
        resting = _resting(placements, moves, hosts)
        moving: dict[int, set[int]] = defaultdict(set)
        for copy in (copy for move in moves for copy in (move.source, move.target) if copy):
            if copy.workload is not None:
                moving[copy.host].add(copy.workload)
        self._rows = {
            host: tuple(devices.rows(problem, host, sorted(moving[host] | resting[host].keys())))
            for host in hosts
        }
        self._taken: dict[int, Counter[Taken]] = {host: Counter() for host in hosts}
        for host, found in resting.items():
            for workload, count in found.items():
                self._add(Copy(host, workload, problem.workloads[workload].demand), count)
        after = {host: Counter(found) for host, found in self._taken.items()}
        for move in moves:
            if move.source is not None and move.source.host in hosts:
                self._add(move.source, 1)
            if move.target is not None and move.target.host in hosts:
                after[move.target.host].update(dict(self._uses(move.target)))
        self._limits = {host: self._ceiling(host, after[host]) for host in hosts}

    def make(self, step: Step, copy: Copy) -> None:
        """A copy starts or stops."""
        self._add(copy, 1 if step.act is Act.START else -1)

    def faults(self, host: int) -> Iterator[Violation]:
        """What is taken beyond the limit."""
        for (rule, of), amount in self._peaks(host, self._taken[host]).items():
            beyond = amount - self._limits[host].get((rule, of), int(rule == HOLDS))
            if beyond > 0:
                yield Violation(rule, beyond, host=host, resource=of)

    def _add(self, copy: Copy, times: int) -> None:
        for key, amount in self._uses(copy):
            self._taken[copy.host][key] += amount * times

    def _uses(self, copy: Copy) -> Iterator[tuple[Taken, int]]:
        shape = None if copy.workload is None else self._problem.workloads[copy.workload]
        for resource, need in taken(self._problem, copy).items():
            yield (capacity.KEYWORD, resource, None if shape is None else shape.hours), need
        yield from (((HOLDS, name, None), 1) for name in copy.holds)
        if shape is None or copy.workload is None:
            return
        if shape.staying(copy.host):
            yield (candidates.KEYWORD, str(copy.workload), None), 1
        for number, row in enumerate(self._rows[copy.host]):
            if row.demand.get(copy.workload):
                yield (devices.KEYWORD, str(number), None), row.demand[copy.workload]

    def _peaks(self, host: int, taken: Mapping[Taken, int]) -> dict[Key, int]:
        """The most that is taken at one time; of what devices draw on, all is taken at all times."""
        shared = draws(self._problem, host).values()
        found: dict[Key, dict[Hours, int]] = {}
        for (rule, of, hours), amount in taken.items():
            by_hours = found.setdefault((rule, of), {})
            at = None if of in shared else hours
            by_hours[at] = by_hours.get(at, 0) + amount
        return {key: heaviest(by_hours) for key, by_hours in found.items()}

    def _ceiling(self, host: int, after: Mapping[Taken, int]) -> dict[Key, int]:
        found = self._peaks(host, self._taken[host])
        declared = {(capacity.KEYWORD, r): have for r, have in self._problem.hosts[host].capacity.items()}
        declared |= {(devices.KEYWORD, str(n)): row.capacity for n, row in enumerate(self._rows[host])}
        for workload in [int(of) for rule, of in found if rule == candidates.KEYWORD]:
            declared[candidates.KEYWORD, str(workload)] = self._problem.workloads[workload].staying(host)
        for key, amount in (*self._peaks(host, after).items(), *declared.items()):
            found[key] = max(found.get(key, 0), amount)
        return found


def _resting(
    placements: Sequence[Mapping[int, int]], moves: Sequence[Move], hosts: set[int]
) -> dict[int, Counter[int]]:
    """Replicas that neither start nor stop, by host and workload."""
    found: dict[int, Counter[int]] = {host: Counter() for host in hosts}
    for workload, counts in enumerate(placements):
        for host, count in counts.items():
            if host in hosts:
                found[host][workload] += count
    for move in moves:
        if move.target is not None and move.target.workload is not None and move.target.host in hosts:
            found[move.target.host][move.target.workload] -= 1
    return found
