"""`Solution`: what the scheduler returns, in terms of the `Problem`'s indices and ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from placelang_scheduler.placement import Contingency, Loss


class Outcome(StrEnum):
    """How far a solve came; no two share a word."""

    SOLVED = "solved"
    """Every group is admitted or proved impossible to admit beside what is; every level is proved or has its gap."""
    EXHAUSTED = "exhausted"
    """The budget ended first: the best found is returned, and what is left out is not proved."""
    INTERRUPTED = "interrupted"
    """The caller ended the search: the best found is returned."""


class Proof(StrEnum):
    """How a group came to be left out."""

    PROVED = "proved"
    NOT_PROVED = "not proved"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a group was left out, as data: `kind` is one of the kinds that `placelang_scheduler.reasons` documents.

    `workload` is an index or None; `constraint` the id of the constraint that decides; `resource`, `need` and `have`
    give the amounts of a shortage; `group` the group whose absence or presence decides; `hosts` the hosts concerned.
    """

    kind: str
    workload: int | None = None
    constraint: str | None = None
    resource: str | None = None
    need: int | None = None
    have: int | None = None
    group: int | None = None
    hosts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """One thing that has to hold and could be left out by itself: `constraint`; or that `group` is placed; or what
    `host` has of `resource`; or, where a rule is not of hosts, all of `rule`."""

    constraint: str | None = None
    group: int | None = None
    rule: str | None = None
    host: int | None = None
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Core:
    """Instances that cannot all hold beside a group: shown by solving a problem of these alone.

    `minimal`: without any one of them, the others can, which is shown likewise; where it is false, that was not
    decided within the budget for some of them.
    """

    members: tuple[Instance, ...]
    minimal: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A group that is not placed. `core` is what keeps it out by proof, where that was looked for and found; reasons by
    arithmetic need none."""

    group: int
    proof: Proof
    reasons: tuple[Reason, ...]
    core: Core | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One objective level: `value` reached, `bound` proved (value >= bound; every level is minimised).

    `name` is the objective's keyword, with its priority class where it has one (`placed 100`, `preferences 0`).
    """

    name: str
    value: int
    bound: int

    @property
    def proved(self) -> bool:
        return self.value == self.bound


@dataclass(frozen=True, slots=True)
class Pair:
    """`count` replicas of `workload` on `host` that the one of `partner` on `at` serves, as the constraint `link` has
    it."""

    link: str
    workload: int
    host: int
    partner: int
    at: int
    count: int


@dataclass(frozen=True, slots=True)
class Solution:
    """`placements[w]` maps host index to replicas of workload w (no zero entries, ascending hosts).

    `devices[(w, h)]` says, for each of the workload's device demands in order, how many of which class its replicas on
    host h hold in all: a tuple over demands of `{class id: count}`.
    `pairs` names who is served by whom, for every link, by link, workload and host.
    `timed_out` says that the wall-clock net, not the counted budget, ended the search: such a solution need not be
    reproducible. `contingencies` has what is done after each loss that a `Survive` names and that hits any replica.
    `engine` names what found it where that was not the usual way, part by part.
    `parts` has the levels of each part of the problem that has nothing to do with the others, by its first group.
    """

    outcome: Outcome
    placements: tuple[Mapping[int, int], ...]
    devices: Mapping[tuple[int, int], tuple[Mapping[str, int], ...]]
    admitted: tuple[bool, ...]
    left_out: tuple[LeftOut, ...]
    levels: tuple[Level, ...]
    timed_out: bool = False
    pairs: tuple[Pair, ...] = ()
    contingencies: Mapping[Loss, Contingency] = field(default_factory=dict)
    parts: Mapping[int, tuple[Level, ...]] = field(default_factory=dict)
    engine: str = ""
