"""`Timetable`: runs that begin and end, to be placed in time on what is left of pools. Times are whole steps from 0.

A pool is anything of which so much is free at each step: memory of a host, one GPU, the uplink of a site. A budget is
an amount that all runs together may use up, whenever they run. The caller says of each run in which modes it can go:
where, when it may start, what it takes. All ids are opaque; indices are into the tuples of the timetable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from placelang_scheduler.solution import Level


@dataclass(frozen=True, slots=True)
class Pool:
    """`steps`: from when on how much is free; ascending, the first from 0 on."""

    id: str
    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """So much, and no more, is used up by all runs."""

    id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Pick:
    """One of each of `count` of these pools, whichever."""

    count: int
    pools: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of running: on `place`, starting from `first` to `last`; it `takes` so much of each pool while it runs,
    `books` so much of each budget, and costs what it falls short of wishes."""

    place: int
    first: int
    last: int
    takes: Mapping[int, int] = field(default_factory=dict)
    books: Mapping[int, int] = field(default_factory=dict)
    picks: tuple[Pick, ...] = ()
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """It lasts `duration` steps in whichever mode, and begins when all of `after` have ended; without one of these, it
    is left out."""

    id: str
    duration: int
    modes: tuple[Mode, ...]
    priority: int = 0
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Timetable:
    """Runs over `horizon` steps; none goes beyond."""

    horizon: int
    pools: tuple[Pool, ...]
    runs: tuple[Run, ...]
    budgets: tuple[Budget, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """When a run starts, in which of its modes, and which pools it picked, pick by pick."""

    mode: int
    start: int
    picked: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """A slot for each run, None for one that is left out. `levels`, most important first: the runs left out by
    priority, then what the others cost, each with a bound that is proved. `searched`: it took a search, the
    budget of which all share that take one."""

    slots: tuple[Slot | None, ...]
    levels: tuple[Level, ...]
    timed_out: bool = False
    searched: bool = False

    @property
    def proved(self) -> bool:
        return all(level.proved for level in self.levels)
