"""Counts become replicas with names: whoever runs keeps its host and name, whoever has to move keeps its
name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
    for r in sorted(lowered.running, key=lambda r: number_of(r.replica.name)):
        running[r.unit].append(r)
    return tuple(
        placed
        for unit, counts in enumerate(solution.placements)
        if counts
        for placed in _name(unit, lowered.units[unit].name, counts, running.get(unit, ()))
    )


def _name(unit: int, name: str, counts: Mapping[int, int], running: Sequence[Running]) -> list[Placed]:
    if not running:
        numbered = enumerate((host for host, count in sorted(counts.items()) for _ in range(count)), start=1)
        return [Placed(unit, host, f"{name}/{number}", None, stands=False) for number, host in numbered]
    left = dict(sorted(counts.items()))
    found: list[Placed] = []
    moved: list[Replica] = []
    for r in running:
        if left.get(r.host, 0) > 0:
            left[r.host] -= 1
            found.append(Placed(unit, r.host, r.replica.name, r.replica, stands=True))
        else:
            moved.append(r.replica)
    hosts = [host for host, count in left.items() for _ in range(count)]
    found += [Placed(unit, host, r.name, r, stands=False) for host, r in zip(hosts, moved, strict=False)]
    names = fresh(name, {p.name for p in found})
    found += [Placed(unit, host, next(names), None, stands=False) for host in hosts[len(moved) :]]
    return sorted(found, key=lambda p: number_of(p.name))


def fresh(name: str, taken: set[str]) -> Iterator[str]:
    """Names of replicas that nobody has."""
    number = 0
    while True:
        number += 1
        if f"{name}/{number}" not in taken:
            yield f"{name}/{number}"


def number_of(name: str) -> tuple[int, str]:
    """By number, then as text; a name without a number, which no plan of ours has, comes first."""
    digits = name.rpartition("/")[2]
    return (int(digits) if digits.isdecimal() and digits.isascii() and len(digits) <= _DIGITS else 0, name)
