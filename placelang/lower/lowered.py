"""`Lowered`: a problem for the scheduler, with all that leads back from its indices and ids to the
program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from placelang.columns import Rows
from placelang.diagnostics import Source, Span
from placelang.lower.devices import Classes
from placelang.lower.keys import KeyColumn
from placelang.lower.running import Running
from placelang.lower.steps import Step, Steps
from placelang.lower.units import Unit, unit_hosts
from placelang.program import Key, Program, Service
from placelang.world import World
from placelang_runtime.plan import Plan
from placelang_scheduler import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Lowered:
    """`units` and `problem.workloads` are one to one, hosts are those of the world's table, row by row.

    `clauses` leads from a constraint's id to its clause. `running` are the replicas of `current` that units
    can keep. `nowhere` are services that no site or host is wanted for.
    """

    program: Program
    world: World
    problem: Problem
    units: tuple[Unit, ...]
    steps: Mapping[str, Steps]
    columns: Mapping[Key | None, KeyColumn]
    clauses: Mapping[str, Span]
    classes: Classes
    current: Plan | None
    running: tuple[Running, ...]
    nowhere: tuple[Service, ...]

    @property
    def sources(self) -> Mapping[str, Source]:
        """The program's sources by path."""
        return {s.path: s for s in self.program.sources}

    def hosts(self, unit: int) -> Rows:
        """All hosts that a unit is about, candidates or not."""
        return unit_hosts(self.units[unit], self.columns[self.units[unit].service.replicas.per])

    def first_false(self, service: str, host: int) -> Step | None:
        """The first step that rules the host out, if one does."""
        return next((s for s in self.steps[service].steps if s.truth.false[host]), None)

    def unknown(self, service: str, host: int) -> tuple[Step, ...]:
        """The steps that are unknown on the host."""
        return tuple(s for s in self.steps[service].steps if s.truth.unknown[host])

    def funnel(self, unit: int) -> Rows:
        """For each of the unit's hosts, the number of the step that decides about it: the first that is
        false, else the first that is unknown, else the number of steps."""
        hosts, steps = self.hosts(unit), self.steps[self.units[unit].service.name].steps
        false = np.stack([s.truth.false[hosts] for s in steps] + [np.ones(len(hosts), dtype=np.bool_)])
        open_ = np.stack([s.truth.unknown[hosts] for s in steps] + [np.ones(len(hosts), dtype=np.bool_)])
        ruled_out = np.argmax(false, axis=0)
        return np.where(ruled_out < len(steps), ruled_out, np.argmax(open_, axis=0))
