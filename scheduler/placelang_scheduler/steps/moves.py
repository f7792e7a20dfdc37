"""What is put in order, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Copy:
    """A replica that stands on a host, or is to. `workload` is None for one of something that is planned no more.

    `demand` is what this very copy takes of each resource: an old version may take other amounts than the workload.
    `holds` are things of the host by name, of which one copy at a time may hold each.
    """

    host: int
    workload: int | None
    demand: Mapping[str, int]
    holds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """A start where there is no `source`, a stop where there is no `target`, a move otherwise; on one host, a
    replacement. `alone`: there are never two copies of it at once, so that it stops before it starts."""

    source: Copy | None
    target: Copy | None
    alone: bool = False

    @property
    def workload(self) -> int | None:
        """The workload that moves, if it is one that is planned."""
        copy = self.target or self.source
        return copy.workload if copy else None


class Act(StrEnum):
    """What a step does."""

    START = "start"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Bar:
    """What is in the way of a step: `rule` is the keyword of a rule or constraint, `constraint` the id of one,
    `resource` what is short on `host`; a thing that somebody holds has the rule `holds`."""

    rule: str
    constraint: str | None = None
    resource: str | None = None
    host: int | None = None


@dataclass(frozen=True, slots=True)
class Early:
    """Why something stops before it starts elsewhere: what is in the way, of the start of which move (by number)."""

    bar: Bar
    move: int


@dataclass(frozen=True, slots=True)
class Step:
    """`act` on the copy of a move (by number) on `host`.

    `spare`: it stands there only until there is room where it is to go. `early`: it stops before it starts anew.
    `breaches`: constraints that do not hold from this step on until the moves are done, as no order keeps them.
    """

    act: Act
    move: int
    host: int
    spare: bool = False
    early: Early | None = None
    breaches: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """`steps` in an order that is safe, and `edges` between them (earlier, later), by number: every order that they
    allow is."""

    steps: tuple[Step, ...]
    edges: tuple[tuple[int, int], ...]
