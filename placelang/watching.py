"""Plans that follow a store: one at once, and another whenever facts have changed, or have gone out of date.

Enters a checked program and a store's URL. Leaves an endless iterator: each plan was made with the one before as what
runs, so that only what must move moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from threading import Event
from time import monotonic
from typing import Any

from placelang.diagnostics import Diagnostic
from placelang.errors import InputError
from placelang.inventory import Inventory, Record, Things
from placelang.planning import BUDGET, Worked, work_out
from placelang.program import Program
from placelang.store import Store, clock
from placelang.whatif.difference import Difference, compare
from placelang_runtime.plan import Plan
from placelang_scheduler import Memory


@dataclass(frozen=True, slots=True)
class Pace:
    """A store is asked every `poll` seconds whether anything was written; `settle` seconds have to pass without a
    change before there is another plan, since reports come in bursts; where there is always one, `longest` is how long
    that is waited for. `stop` ends the iterator."""

    poll: float = 0.5
    settle: float = 2.0
    stop: Event = field(default_factory=Event)
    longest: float = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Replanned:
    """A plan as of `at`, in ms since 1970, and how it differs from the one before; the first differs from none."""

    at: int
    worked: Worked
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class Unplannable:
    """Facts that do not fit their declarations, as of `at`: the plan before still holds."""

    at: int
    diagnostics: tuple[Diagnostic, ...]


def watch(
    program: Program,
    url: str,
    *,
    policies: Sequence[str] = (),
    current: Plan | None = None,
    seed: int = 0,
    budget: float = BUDGET,
    pace: Pace | None = None,
) -> Iterator[Replanned | Unplannable]:
    """A plan now, and another after each change of what it sees. Raises StoreError."""
    pace = pace or Pace()
    memory = Memory()
    before: Worked | None = None
    seen: object = None
    with Store(url) as store:
        while not pace.stop.is_set():
            version, at = store.version(), clock()
            inventory = store.inventory(at)
            told, seen = seen, _seen(inventory, at)
            if told == seen:
                _wait(store, version, _next_end(inventory, at), pace)
                continue
            try:
                worked = work_out(
                    program,
                    inventory,
                    policies=policies,
                    current=before.plan if before else current,
                    seed=seed,
                    budget=budget,
                    at=at,
                    memory=memory,
                )
            except InputError as error:
                yield Unplannable(at, tuple(error.diagnostics))
            else:
                yield Replanned(at, worked, compare(before, worked, (), ()) if before else None)
                before = worked
            _wait(store, version, _next_end(inventory, at), pace)


def _wait(store: Store, version: int, end: int | None, pace: Pace) -> None:
    """Until something was written and nothing more has been for a while, or a fact goes out of date after `end`."""
    quiet_since: float | None = None
    begun: float | None = None
    while not pace.stop.wait(pace.poll):
        now = store.version()
        if now != version:
            version, quiet_since = now, monotonic()
            begun = begun or quiet_since
        elif quiet_since is not None and monotonic() - quiet_since >= pace.settle:
            return
        if begun is not None and monotonic() - begun >= pace.longest:
            return
        if quiet_since is None and end is not None and clock() > end:
            return


def _seen(inventory: Inventory, at: int) -> object:
    """What equals another one if plans see the same: who says it, and when it was observed, makes no difference."""
    return [
        (things.names, things.parents, _known(things, at))
        for things in (inventory.sites, inventory.hosts, inventory.gpus, inventory.devices)
    ] + [_of_records(inventory.latency, at)]


def _known(things: Things, at: int) -> object:
    return [
        _of_records(records, at) for records in (things.facts, things.labels, things.resources, things.sets)
    ]


def _of_records(records: Mapping[str, Record[Any]], at: int) -> dict[str, object]:
    """The values, and which of them are out of date."""
    return {
        name: (
            record.rows,
            record.values,
            [row for row, end in enumerate(record.expires) if end is not None and end < at],
        )
        for name, record in records.items()
    }


def _next_end(inventory: Inventory, at: int) -> int | None:
    """The last moment at which all facts that are known at `at` still are."""
    records = chain.from_iterable(
        (*things.facts.values(), *things.labels.values(), *things.resources.values(), *things.sets.values())
        for things in (inventory.sites, inventory.hosts, inventory.gpus, inventory.devices)
    )
    ends = (end for record in records for end in set(record.expires) if end is not None and end >= at)
    return min(ends, default=None)
