"""By brute force: whether a few facts, each with some value, would place what is due.

`python -m tests.plan.spelling_out 0 500` asks of as many random fleets whether advice is missing or too long.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from itertools import combinations, product
from random import Random
from typing import Any

import yaml

from placelang.lower import lower
from placelang.program import Program
from placelang.world import build_world
from placelang_scheduler import solve
from tests.plan.fleets import Planned, inventory, planned
from tests.plan.random_fleets import random_inventory, random_place

HOST: dict[tuple[str, ...], tuple[object, ...]] = {
    ("memory",): ("3GiB", "64GiB"),
    ("disk",): ("9GiB", "900GiB"),
    ("zone",): ("a", "b", "c"),
    ("rack",): ("r", "s", "t"),
    ("labels", "role"): ("worker", "gateway"),
    ("resources", "slots"): (9,),
    ("gpus",): ([], [{"vendor": "nvidia", "memory": "64GiB"}], [{"memory": "64GiB"}, {"memory": "64GiB"}]),
    ("devices",): ([], [{"kind": "camera", "vendor": "acme"}], [{"kind": "camera", "vendor": "acme"}] * 2),
}
SITE: dict[tuple[str, ...], tuple[object, ...]] = {
    ("kind",): ("store", "office"),
    ("labels", "region-name"): ("north", "south", "east"),
}
GPU: dict[tuple[str, ...], tuple[object, ...]] = {("memory",): ("2GiB", "64GiB")}
DEVICE: dict[tuple[str, ...], tuple[object, ...]] = {("vendor",): ("acme", "other")}

Path = tuple[str | int, ...]


def unknown_facts(document: dict[str, Any]) -> list[tuple[Path, tuple[object, ...]]]:
    """Where a fact is missing, and what it could be."""
    found: list[tuple[Path, tuple[object, ...]]] = []
    for s, site in enumerate(document["sites"]):
        found += _missing(site, ("sites", s), SITE)
        for h, host in enumerate(site["hosts"]):
            at: Path = ("sites", s, "hosts", h)
            found += _missing(host, at, HOST)
            for key, facts in (("gpus", GPU), ("devices", DEVICE)):
                for n, thing in enumerate(host.get(key) or ()):
                    found += _missing(thing, (*at, key, n), facts)
    return found


def _missing(
    thing: Any, at: Path, facts: dict[tuple[str, ...], tuple[object, ...]]
) -> Iterator[tuple[Path, tuple[object, ...]]]:
    for keys, values in facts.items():
        inner = thing
        for key in keys:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if inner is None:
            yield (*at, *keys), values


def shorter(program: Program, facts: str, due: set[str], *, size: int, most: int = 1500) -> str | None:
    """Some facts, `size` of them, that place all that is due; None if there are none, or too many to try."""
    document = yaml.safe_load(facts) | {"observed": "2026-03-02T05:00:00Z"}
    unknown = unknown_facts(document)
    tried = 0
    for some in combinations(unknown, size):
        for values in product(*(values for _, values in some)):
            tried += 1
            if tried > most:
                return None
            told = [(path, value) for (path, _), value in zip(some, values, strict=True)]
            if due <= _placed(program, _with(document, told)):
                return str(told)
    return None


def _with(document: dict[str, Any], told: list[tuple[Path, object]]) -> str:
    changed = copy.deepcopy(document)
    for path, value in told:
        thing: Any = changed
        for key in path[:-1]:
            if isinstance(thing, dict) and thing.get(str(key)) is None:
                thing[str(key)] = {}
            thing = thing[key]
        thing[path[-1]] = copy.deepcopy(value)
    return yaml.safe_dump(changed, sort_keys=False)


def _placed(program: Program, facts: str) -> set[str]:
    world, _ = build_world(inventory(facts), program)
    problem = lower(program, world).problem
    solution = solve(problem, budget=4.0)
    return {group.id for group, there in zip(problem.groups, solution.admitted, strict=True) if there}


def judged(found: Planned, facts: str) -> Iterator[str]:
    """What is wrong with the advice of a plan: a list for which there is a shorter one, a group that has none though
    one fact would do."""
    priority = {g.id: g.priority for g in found.lowered.problem.groups}
    placed = {group.name for part in found.plan.parts for group in part.groups}
    for entry in found.plan.header.left_out:
        lists = {group: s.facts for s in entry.suggestions for group in s.groups}
        tried = list(lists) or list(entry.groups[:1])
        for group in tried:
            due = {group, *(g for g in placed if priority[g] >= priority[group])}
            for size in range(1, len(lists[group]) if group in lists else 2):
                better = shorter(found.program, facts, due, size=size)
                if better is not None:
                    yield f"{group}: {better} instead of {[f'{f.thing}.{f.fact}' for f in lists.get(group, ())]}"
                    break


def one(seed: int) -> list[str] | None:
    """What is wrong with the advice for a random fleet; None where the random program is none."""
    random = Random(seed)
    place, facts = random_place(random), random_inventory(random)
    try:
        found = planned(place, facts)
    except AssertionError:
        return None
    return list(judged(found, facts))


if __name__ == "__main__":
    for seed in range(int(sys.argv[1]), int(sys.argv[2])):
        for fault in one(seed) or ():
            print(seed, fault)  # noqa: T201
