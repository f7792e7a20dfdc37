"""Counts become replicas with names: whoever runs keeps its host and name, whoever has to move keeps its
name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from placelang.lower import Lowered
from placelang.lower.running import Running
from placelang_runtime.part import Replica
from placelang_scheduler import Solution

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Placed:
    """A replica of `unit` on `host`; `before` is what runs under its name now, wherever."""

    unit: int
    host: int
    name: str
    before: Replica | None
    stands: bool
    """Whether `before` runs on this very host."""


def name_replicas(lowered: Lowered, solution: Solution) -> tuple[Placed, ...]:
    """Every replica of the solution, by unit and number."""
    running: dict[int, list[Running]] = defaultdict(list)
    for r in lowered.running:
        running[r.unit].append(r)
    found: list[Placed] = []
    for one in lowered.problem.counts(range(len(lowered.units))):
        places = [
            Place(unit, host)
            for unit in one.workloads
            for host, count in sorted(solution.placements[unit].items())
            for _ in range(count)
        ]
        here = [r for unit in one.workloads for r in running.get(unit, ())]
        found += _name(lowered.units[one.workloads[0]].name, places, here)
    return tuple(found)


class Place(NamedTuple):
    """Where a replica is to stand, as one of which unit."""

    unit: int
    host: int


def _name(name: str, places: Sequence[Place], running: Sequence[Running]) -> list[Placed]:
    """Whoever runs where one is to stand stays, as it is if it can, else as another variant."""
    if not running:
        return [
            Placed(*at, f"{name}/{number}", None, stands=False) for number, at in enumerate(places, start=1)
        ]
    left = list(places)
    found: list[Placed] = []
    waiting = sorted(running, key=lambda r: number_of(r.replica.name))
    for as_it_is in (True, False):
        for r in tuple(waiting) if left else ():
            at = next((p for p in left if p.host == r.host and (p.unit == r.unit or not as_it_is)), None)
            if at is not None:
                left.remove(at)
                waiting.remove(r)
                found.append(Placed(*at, r.replica.name, r.replica, stands=True))
    moved = [r.replica for r in waiting]
    found += [Placed(*at, r.name, r, stands=False) for at, r in zip(left, moved, strict=False)]
    new = left[len(moved) :]
    names = fresh(name, {p.name for p in found} if new else set())
    found += [Placed(*at, next(names), None, stands=False) for at in new]
    return sorted(found, key=lambda p: number_of(p.name))


def fresh(name: str, taken: set[str]) -> Iterator[str]:
    """Names of replicas that nobody has."""
    number = 0
    while True:
        number += 1
        if f"{name}/{number}" not in taken:
            yield f"{name}/{number}"


@lru_cache(maxsize=1 << 16)
def number_of(name: str) -> tuple[int, str]:
    """By number, then as text; a name without a number, which no plan of ours has, comes first."""
    digits = name.rpartition("/")[2]
    return (int(digits) if digits.isdecimal() and digits.isascii() and len(digits) <= _DIGITS else 0, name)
