"""`Lowered`: a problem for the scheduler, with all that leads back from its indices and ids to the
program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from placelang.columns import Rows
from placelang.diagnostics import Source, Span
from placelang.forms import forms_of
from placelang.lower.devices import Classes
from placelang.lower.keys import KeyColumn
from placelang.lower.running import Running
from placelang.lower.steps import Step, Steps
from placelang.lower.stock import Stock
from placelang.lower.units import Cells, Unit, find_cells
from placelang.program import Key, Program, Service
from placelang.world import World
from placelang_runtime.plan import Plan
from placelang_scheduler import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Lowered:
    """`units` and `problem.workloads` are one to one, hosts are those of the world's table, row by row.

    `steps` are those of each form of a service. `clauses` leads from a constraint's id to its clause. `running` are the
    replicas of `current` that units can keep. `nowhere` are services that no site or host is wanted for. `after`: the
    units that have to run before a unit starts. `stock` is what images and models take of disks.
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
    after: Mapping[int, tuple[int, ...]]
    stock: Stock = field(default_factory=Stock)
    _cells: dict[Key | None, Cells] = field(default_factory=dict, repr=False)
    _policies: dict[Span, str] = field(default_factory=dict, repr=False)

    @property
    def sources(self) -> Mapping[str, Source]:
        """The program's sources by path."""
        return {s.path: s for s in self.program.sources}

    @property
    def policies(self) -> Mapping[Span, str]:
        """The clauses of policies, each with the name of its policy."""
        if self.program.policies and not self._policies:
            for policy in self.program.policies:
                asked = [clause.span for clause in policy.reserves] + [
                    clause.span for clause in policy.limits
                ]
                self._policies.update(dict.fromkeys(asked, policy.name))
            for service in (s for app in self.program.apps for s in app.services):
                self._policies.update((f.span, f.policy) for f in service.filters if f.policy is not None)
                self._policies.update((c.span, c.policy) for c in service.constraints if c.policy is not None)
        return self._policies

    def service(self, name: str) -> Service:
        """The service that is called `app.service`."""
        return next(s for app in self.program.apps for s in app.services if s.name == name)

    def form(self, name: str) -> Service:
        """The form of a service that is called so."""
        return next(form for form in forms_of(self.service(name.partition(" ~ ")[0])) if form.form == name)

    def clause(self, constraint: str) -> Span:
        """The span of a constraint's clause; of what a part of the problem makes of a constraint, that one's."""
        return self.clauses.get(constraint) or self.clauses[constraint.rpartition("/")[0]]

    def hosts(self, unit: int) -> Rows:
        """All hosts that a unit is about, candidates or not, ascending."""
        key = self.units[unit].service.replicas.per
        if key not in self._cells:
            self._cells[key] = find_cells(self.columns[key])
        return self._cells[key].hosts(self.units[unit])

    def deciding(self, form: str, hosts: Rows) -> Rows:
        """For each of `hosts`, the number of the step that decides about it: the first that is false, else the first
        that is unknown, else the number of steps."""
        steps = self.steps[form].steps
        always = np.ones(len(hosts), dtype=np.bool_)
        false = np.argmax(np.stack([*(s.truth.false[hosts] for s in steps), always]), axis=0)
        unknown = np.argmax(np.stack([*(s.truth.unknown[hosts] for s in steps), always]), axis=0)
        deciding: Rows = np.where(false < len(steps), false, unknown)
        return deciding

    def unknown(self, form: str, host: int) -> tuple[Step, ...]:
        """The steps that are unknown on the host."""
        return tuple(s for s in self.steps[form].steps if s.truth.unknown[host])
