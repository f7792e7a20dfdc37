"""`Session`: replicas that come and go one by one or in batches, on columns that are kept.

    now = session(problem)
    now.arrive(0, 3)  # hosts of three more replicas of workload 0, fewer where there is no room
    now.depart(0, host=4)
    now.lose(4)  # who had to go, and where to
    now.make_room(0, 2, moves=1)  # two more, and at most one other replica moves

Nobody but who comes is moved, and after a loss at most one other replica for each that lost its place. Shares of
devices of one kind are seated on single devices, where they spoil the least for typical demands. Who comes
breaks no rule and no hard constraint; who goes may leave others above the least used value of a spread, or without a
partner. Whether a group is whole is the caller's to say, and so are soft constraints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.parts import whole
from placelang_scheduler.pool import is_columnar, is_seated
from placelang_scheduler.validate import InvalidProblem, validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from placelang_scheduler.pool.fill import Score
    from placelang_scheduler.problem import Problem

_UNKNOWN = (
    "a session knows no shares of several kinds of devices, none that draw on a resource or are of one of more than"
    " 512 devices of a host, nothing held together, no `survive` and no constraints of others"
)
_TRIES = 20_000
"""Tries of chains for all that one loss displaces."""


def session(problem: Problem) -> Session:
    """A session in which what runs stands where it may. Raises `InvalidProblem` for a problem that is none, and for one
    with what is looked at host by host: shares of several kinds of devices, or that draw on a resource, hundreds of
    devices of a host of which shares are lent, what is held together, what has to be there after losses, kinds of
    others."""
    validate(problem)
    scope = whole(problem)
    if not is_columnar(scope) and not is_seated(scope):
        raise InvalidProblem([_UNKNOWN])
    return Session(problem)


class Session:
    """Where replicas are, and what is left of hosts."""

    def __init__(self, problem: Problem) -> None:
        from placelang_scheduler.pool.columns import columns  # noqa: PLC0415 - numpy is loaded for pools only
        from placelang_scheduler.pool.ground import Ground  # noqa: PLC0415
        from placelang_scheduler.pool.passes import members_of, mend  # noqa: PLC0415
        from placelang_scheduler.pool.running import keep  # noqa: PLC0415
        from placelang_scheduler.pool.scores import matching  # noqa: PLC0415

        made = columns(whole(problem))
        self.problem = problem
        self._ground = Ground(made)
        lent = self._ground.lent
        self._score: Score = matching(made, tight=0.0) if lent is None else lent.outlook.liked
        self._ground.admitted = set(range(len(problem.groups)))
        keep(self._ground, frozenset(self._ground.admitted))
        mend(self._ground, members_of(made))
        self._ground.admitted = set(range(len(problem.groups)))

    def on(self, workload: int) -> Mapping[int, int]:
        """Replicas of a workload by host."""
        return dict(sorted(self._ground.on(workload).items()))

    def holds(self, workload: int) -> Mapping[int, Mapping[str, int]]:
        """By host, how many devices of which class the replicas of a workload hold of the kind of which shares are
        lent, or how many shares of them."""
        lent = self._ground.lent
        return {} if lent is None else {host: lent.holds(workload, host) for host in self.on(workload)}

    def arrive(self, workload: int, count: int = 1) -> dict[int, int]:
        """Place up to `count` more replicas of a workload, up to its maximum; how many more each host has."""
        from placelang_scheduler.pool.fill import fill, trim  # noqa: PLC0415

        before = dict(self._ground.on(workload))
        most = self.problem.counted(workload).maximum - self._ground.number(workload)
        wanted = max(0, min(count, most))
        if wanted:
            self._ground.wanted[self.problem.counted(workload).workloads[0]] = (
                self._ground.number(workload) + wanted
            )
            even = not any(rule.surplus(self._ground).any() for rule in self._ground.rules[workload].even)
            if self._ground.lent is None:
                fill(self._ground, workload, wanted, self._score, depth=1)
            else:  # where one sits changes where the next one should
                while wanted and fill(self._ground, workload, 1, self._score):
                    wanted -= 1
            if even:
                trim(self._ground, (workload,))
        return _more(before, self._ground.on(workload))

    def make_room(self, workload: int, count: int = 1, *, moves: int = 1) -> dict[int, dict[int, int]]:
        """`arrive`, and for who finds no room, at most `moves` others go elsewhere, one for each. By workload, how many
        more or fewer each host has."""
        from placelang_scheduler.pool.chains import Chains  # noqa: PLC0415

        ground = self._ground
        before = {index: dict(found) for index, found in ground.counts.items()}
        came = sum(self.arrive(workload, count).values())
        most = self.problem.counted(workload).maximum - ground.number(workload)
        missing = min(count - came, moves, most)
        if missing > 0:
            Chains(ground, _TRIES, self._score if ground.lent is not None else None).place(workload, missing)
        return self._changes(before)

    def depart(self, workload: int, host: int, count: int = 1) -> None:
        """Take replicas off a host. Raises `ValueError` where there are not so many."""
        if not 0 < count <= self._ground.on(workload).get(host, 0):
            raise ValueError(f"there are no {count} replicas of workload {workload} on host {host}")
        self._ground.put(workload, host, -count)

    def lose(self, host: int) -> dict[int, dict[int, int]]:
        """A host is gone: its replicas go elsewhere where there is room, with at most one other replica moved for each.
        By workload, how many more or fewer each host has."""
        from placelang_scheduler.pool.chains import Chains  # noqa: PLC0415

        ground = self._ground
        before = {index: dict(found) for index, found in ground.counts.items()}
        lost = {index: found[host] for index, found in before.items() if host in found}
        for index, count in lost.items():
            ground.put(index, host, -count)
        ground.gone.add(host)
        priority = self.problem.groups
        order = sorted(lost, key=lambda at: (-priority[self.problem.workloads[at].group].priority, at))
        missing = {index: lost[index] - sum(self.arrive(index, lost[index]).values()) for index in order}
        if any(missing.values()):
            chains = Chains(ground, _TRIES, self._score if ground.lent is not None else None)
            for index in order:
                chains.place(index, missing[index])
        return self._changes(before)

    def _changes(self, before: Mapping[int, Mapping[int, int]]) -> dict[int, dict[int, int]]:
        after = {index: _more(found, self._ground.on(index)) for index, found in before.items()}
        return {index: found for index, found in after.items() if found}


def _more(before: Mapping[int, int], now: Mapping[int, int]) -> dict[int, int]:
    changes = {host: now.get(host, 0) - before.get(host, 0) for host in sorted({*before, *now})}
    return {host: change for host, change in changes.items() if change}
