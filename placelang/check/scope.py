"""What names mean: the tables that the passes fill, and the scope in which one expression is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from placelang.check.faults import Faults
from placelang.expressions import Constant, Fact
from placelang.facts import ENCLOSING, FACTS, FactSpec
from placelang.frozen import dataclass
from placelang.program import LabelSpec
from placelang.types import Type, Value

Labels = Mapping[str, Mapping[str, Type]]
"""The labels that an inventory has: by noun and name, the type that their values suggest."""

LABELLED = ("site", "host", "gpu", "device")
"""Nouns that have labels and derived facts."""

REACH = {noun: (noun, *outer) for noun, outer in ENCLOSING.items()}
"""The nouns whose facts a predicate over each noun can name, nearest first."""

INSIDE = {"site": ("hosts", "gpus", "devices"), "host": ("gpus", "devices")}
"""What can be counted in a thing."""


class Wrong(Enum):
    """Stands for a name that is declared with a fault, which has been reported: its uses are silent."""

    WRONG = "wrong"


WRONG = Wrong.WRONG


def _built_in() -> dict[str | None, dict[str, dict[str, FactSpec | Wrong]]]:
    return {None: {noun: {**specs} for noun, specs in FACTS.items()}}


@dataclass(frozen=True, slots=True)
class Tables:
    """What each name stands for; None as an app means the whole fleet.

    `facts`: by app, noun and name: built-in ones, labels, derived facts and device counts. `models`: the names of
    declared models, by app. `assumed`: the labels that only the inventory has and an expression names, filled in as
    they are met; and so is `used`: what was looked up, by app, kind (`constant`, `model`, `resource`, or the noun of a
    fact) and name.
    """

    constants: dict[str | None, dict[str, Constant | Wrong]] = field(default_factory=lambda: {None: {}})
    facts: dict[str | None, dict[str, dict[str, FactSpec | Wrong]]] = field(default_factory=_built_in)
    choices: dict[tuple[str, str], tuple[Value, ...]] = field(default_factory=dict)
    models: dict[str | None, tuple[str, ...]] = field(default_factory=dict)
    inventory: Labels | None = None
    assumed: dict[tuple[str, str], LabelSpec] = field(default_factory=dict)
    used: set[tuple[str | None, str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: `noun` is the innermost, whose facts are bare names; `reach` are those whose facts
    take a prefix, none where only constants can stand. `own`: what is known here only. `watched`, in the
    rule of a monitor: what it watches, a model or a service, whose metrics are bare names."""

    tables: Tables
    faults: Faults
    app: str | None = None
    noun: str | None = None
    reach: tuple[str, ...] = ()
    own: Mapping[str, Constant | Fact] = field(default_factory=dict)
    watched: str | None = None

    def inside(self, noun: str) -> Scope:
        """The scope of a predicate over `noun`."""
        return Scope(self.tables, self.faults, self.app, noun, REACH[noun], self.own)

    def at_host(self) -> Scope:
        """The scope of what is computed for each replica: the facts of its host and site, all by prefix."""
        return Scope(self.tables, self.faults, self.app, None, REACH["host"], self.own)

    def with_own(self, own: Mapping[str, Constant | Fact]) -> Scope:
        """The scope with constants of its own."""
        return Scope(self.tables, self.faults, self.app, self.noun, self.reach, own)

    def of_metrics(self, watched: str) -> Scope:
        """The scope of a monitor's rules."""
        return Scope(self.tables, self.faults, self.app, None, (), self.own, watched)

    def fact(self, noun: str, name: str) -> FactSpec | Wrong | None:
        """What the fact of that name is, the app's own first; None if there is none."""
        own = self.tables.facts.get(self.app) if self.app else None
        found = own[noun].get(name) if own and noun in own else None
        self.tables.used.add((self.app if found else None, noun, name))
        return found or self.tables.facts[None][noun].get(name)

    def constant(self, name: str) -> Constant | Fact | Wrong | None:
        """The parameter or constant of that name, the app's own first, or what is known here only; None if there is
        none."""
        own = self.tables.constants.get(self.app) if self.app else None
        found = own.get(name) if own else None
        self.tables.used.add((self.app if found else None, "constant", name))
        return found or self.tables.constants[None].get(name) or self.own.get(name)
