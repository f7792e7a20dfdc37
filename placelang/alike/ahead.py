"""`Ahead`: the classes that processes have planned beside each other, before the others are planned here.

Whatever needs no search is the same wherever it is planned, and whatever else is; so neither the number of processes
nor how classes are batched matters to the plan.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from threading import Event as Flag

import numpy as np

from placelang.alike.batch import Batch, Done, First, Kin, level_names, plain, work
from placelang.alike.names import made_up, named
from placelang.alike.running import Row, site_of
from placelang.alike.watched import Looked, few_of
from placelang.arrange import Inputs
from placelang.program import Program
from placelang.world import World
from placelang_runtime.plan import Plan
from placelang_scheduler import Event, Progress

FEWEST = 200
"""Classes from which on it pays."""
_LEAST, _MOST, _BATCHES = 20, 150, 24
"""Sites of a batch, and about how many batches there are."""
_AT_ONCE = 32
"""Batches that are handed out at once: more of them would only wait in memory."""
_PATIENCE = 0.1
"""Seconds after which it is looked whether to stop."""


@dataclass(frozen=True, slots=True)
class Helpers:
    """Who plans beside, and what of."""

    executor: Executor
    inputs: Inputs
    progress: Progress | None
    stop: Flag | None

    def tell(self, done: int, total: int) -> None:
        """How far it has come."""
        if self.progress is not None:
            self.progress(Event("planning", done, total))

    def wait_for(self, future: Future[Done]) -> bool:
        """Whether the answer came before somebody ended it."""
        if self.stop is None:
            future.exception()
            return True
        while not future.done() and not self.stop.is_set():
            with suppress(TimeoutError):
                future.exception(_PATIENCE)
        return future.done()


@dataclass(slots=True)
class Ahead:
    """By the first site of a class, what was planned of it; None where it has to be planned with the others. `wanted`
    are the services that are, and `levels` those of every batch. `whole`: all have to be planned together."""

    helpers: Helpers | None
    program: Program
    world: World
    current: Plan | None
    hosts: Sequence[Sequence[int]]
    rows: Sequence[Row]
    kins: dict[tuple[int, bool], Kin | None] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    levels: set[tuple[str, ...]] = field(default_factory=set)
    whole: bool = False
    _part_of: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            site = self.world.sites.rows.get(site_of(row))
            if site is not None:
                self._part_of[site] = number

    def plan(self, found: Sequence[Sequence[int]], alone: set[int], looked: set[Looked]) -> dict[int, Kin]:
        """What is planned of the classes, by number; what is looked at is added to `looked`. None if stopped."""
        if self.helpers is None or self.whole or any(app.rollout for app in self.program.apps):
            return {}
        numbers = [number for number, sites in enumerate(found) if sites[0] not in alone]
        new = [number for number in numbers if _key(found[number]) not in self.kins]
        if len(new) >= FEWEST and not self._plan(self.helpers, found, new, looked):
            self.helpers = None
        if self.helpers is None or self.whole:
            return {}
        kins = {number: self.kins.get(_key(found[number])) for number in numbers}
        return {number: kin for number, kin in kins.items() if kin is not None}

    def fit(self, plan: Plan) -> bool:
        """Whether a plan of the others can be told together with what was planned ahead: all of it is placed, and it
        has the levels of every batch."""
        levels = level_names(plan.header.levels, plan.header.timetable)
        return not self.levels or (self.levels == {levels} and not plan.header.left_out)

    def _plan(
        self, helpers: Helpers, found: Sequence[Sequence[int]], new: Sequence[int], looked: set[Looked]
    ) -> bool:
        size = min(_MOST, max(_LEAST, -(-len(new) // _BATCHES)))
        batches = [new[start : start + size] for start in range(0, len(new), size)]
        given = iter(batches)
        waiting: deque[tuple[Sequence[int], Future[Done]]] = deque()
        done = 0
        try:
            while not self.whole:
                for numbers in islice(given, _AT_ONCE - len(waiting)):
                    batch = self._batch(helpers.inputs, [(n, found[n]) for n in numbers])
                    waiting.append((numbers, helpers.executor.submit(work, batch)))
                if not waiting:
                    break
                numbers, future = waiting.popleft()
                helpers.tell(done, len(new))
                if not helpers.wait_for(future):
                    return False
                self._learn([_key(found[number]) for number in numbers], future.result(), looked)
                done += len(numbers)
        finally:
            for _, future in waiting:
                future.cancel()
        return True

    def _batch(self, inputs: Inputs, firsts: Iterable[tuple[int, Sequence[int]]]) -> Batch:
        """The first sites of some classes."""
        given = tuple(firsts)
        sites = np.array([own[0] for _, own in given], dtype=np.intp)
        header = None
        if self.current is not None:
            header = self.current.header.model_copy(update={"parts": (), "changes": None, "left_out": ()})
        return Batch(
            self.program,
            plain(few_of(self.world, sites, {}, set())),
            inputs,
            header,
            tuple(self._first(number, own) for number, own in given),
            len(self.world.sites),
        )

    def _first(self, number: int, sites: Sequence[int]) -> First:
        site = sites[0]
        at = self._part_of.get(site)
        running = None
        if at is not None:
            running = self.rows[at][0].filled(made_up(number, len(self.hosts[site])))
        names = names_of(self.world, self.hosts, site) if len(sites) == 1 else None
        return First(number, running, names)

    def _learn(self, keys: Iterable[tuple[int, bool]], done: Done, looked: set[Looked]) -> None:
        self.kins.update(zip(keys, done.kins, strict=True))
        self.wanted |= done.wanted
        looked |= done.looked
        self.whole |= done.whole
        if any(kin is not None for kin in done.kins):
            self.levels.add(done.levels)


def warm() -> None:
    """Nothing: a process that has done it is ready to plan."""


def _key(sites: Sequence[int]) -> tuple[int, bool]:
    """A class by its first site, and whether it has others."""
    return sites[0], len(sites) > 1


def names_of(world: World, hosts: Sequence[Sequence[int]], site: int) -> tuple[str, ...]:
    """The name of a site, and those of its hosts."""
    return (world.sites.names[site], *[world.hosts.names[host] for host in hosts[site]])


def beside(ahead: Mapping[int, Kin]) -> dict[bytes, int]:
    """The components that are solved, by digest with their size."""
    return {digest: size for kin in ahead.values() for digest, size in kin.components}


def changes_of(kin: Kin, every: Iterable[Sequence[str]]) -> Iterator[tuple[str, str | None, str | None]]:
    """What changes at each site of a class, by name."""
    for names in every:
        for change in kin.changes:
            yield named(change.replica, names) or "", named(change.source, names), named(change.target, names)
