"""`Plan`: what runs where, as one document: a header and one self-contained part per site.

A person, a controller or an agent reads it; `placelang_runtime.canonical` writes and reads it. The same plan
is the same bytes. The header's `parts` hold each part's digest, so that a site can trust the part that it was
sent alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from placelang_runtime.base import Count, Digest, Document, Name, Text, absent
from placelang_runtime.left_out import Clause, Funnel, LeftOut
from placelang_runtime.operations import Rollout
from placelang_runtime.part import SitePart
from placelang_runtime.steps import Schedule
from placelang_runtime.timetable import Timetable

FORMAT: Final = "placelang/plan/1"


class Outcome(StrEnum):
    """How far planning came; no two share a word."""

    COMPLETE = "complete"
    """Everything is placed."""
    PARTIAL = "partial"
    """Some groups are left out, each proved to be impossible beside what is placed."""
    BUDGET_EXHAUSTED = "budget-exhausted"
    """The budget ended first: what is left out is not proved."""
    INTERRUPTED = "interrupted"
    """Somebody ended the search: the best plan found so far; what is left out is not proved."""


class Versions(Document):
    """What made the plan: to replay it, use the same."""

    placelang: Name
    ortools: Name


class FileDigest(Document):
    """A source as it was read."""

    path: Text
    digest: Digest


class Inputs(Document):
    """What the plan was made from. `current` is the plan that was running; `inventory` is over its facts, not
    its layout."""

    sources: tuple[FileDigest, ...]
    policies: tuple[FileDigest, ...]
    inventory: Digest
    current: Digest | None


class Level(Document):
    """One objective, in lexicographic order: the `value` reached and the `bound` below which it cannot go."""

    name: Name
    value: int
    bound: int
    gap: Annotated[int, Field(ge=0)]
    proved: bool


class Change(Document):
    """A replica that starts (no `source`), stops (no `target`) or moves, between hosts."""

    replica: Name
    source: Name | None
    target: Name | None


class Changes(Document):
    """What this plan changes of the one that runs: all that starts, stops or moves, by name, and how many
    stay."""

    start: Count
    stop: Count
    move: Count
    keep: Count
    list: tuple[Change, ...]


class Displaced(Document):
    """A replica that ran on `source` and gave way to the groups `by`, for want of `resources` for all of them: it
    moves to `target`, or is left out where that is None."""

    replica: Name
    source: Name
    target: Name | None
    by: Annotated[tuple[Name, ...], Field(min_length=1)]
    resources: tuple[Name, ...]


class UnknownFact(Document):
    """A fact that is not known: `age_ms` is how long ago it was, None if it never was."""

    fact: Text
    age_ms: Count | None


class Stay(Document):
    """A replica that keeps running where a clause is no longer known to be true, for want of these facts.
    `clause` is None where it is the host itself of which nothing was heard."""

    replica: Name
    host: Name
    clause: Clause | None
    facts: Annotated[tuple[UnknownFact, ...], Field(max_length=64)]


class ReliedFact(Document):
    """A fact that a hard clause reads of where a replica stands, how long ago it was observed, and by whom."""

    fact: Text
    age_ms: Count
    source: Text | None


class Relied(Document):
    """The facts that the plan relies on: how many, how many of these have no time, and the oldest of the others."""

    facts: Count
    undated: Count
    oldest: Annotated[tuple[ReliedFact, ...], Field(max_length=64)]


class UnknownPreference(Document):
    """A preference counted as missed since it is unknown, on `count` replicas; `hosts` is a sample."""

    service: Name
    clause: Clause
    count: Count
    hosts: Annotated[tuple[Name, ...], Field(max_length=64)]


class UnreadWindow(Document):
    """A window at sites whose time zone is unknown: nobody knows when it opens there."""

    clause: Clause
    sites: Annotated[tuple[Name, ...], Field(min_length=1)]


class PartDigest(Document):
    """The digest of one site's part, over its canonical bytes."""

    site: Name
    digest: Digest


class Header(Document):
    """What holds for the whole fleet. `params` are the values in force, as they would be written in a source;
    `at` is the one time that the plan knows, in RFC 3339, None if its inventory holds none. `nowhere` are services
    that are wanted on no host, since their filters leave none. `schedule` sums up the steps of all parts;
    `displaced` is what gave way to something more important; `relied` tells how old the facts are that it rests on.
    `uncounted` are images and models that take of disks what nobody knows."""

    versions: Versions
    seed: Count
    budget: Annotated[float, Field(ge=0, le=1e9)]
    at: Annotated[str, Field(max_length=64)] | None
    inputs: Inputs
    params: dict[Name, Text]
    outcome: Outcome
    timed_out: bool
    levels: tuple[Level, ...]
    left_out: tuple[LeftOut, ...]
    changes: Changes | None
    stays: tuple[Stay, ...]
    unknown_preferences: tuple[UnknownPreference, ...]
    nowhere: tuple[Funnel, ...]
    rollouts: tuple[Rollout, ...]
    unread_windows: tuple[UnreadWindow, ...]
    parts: tuple[PartDigest, ...]
    timetable: Timetable | None = None
    schedule: Schedule | None = None
    displaced: Annotated[tuple[Displaced, ...], Field(exclude_if=absent)] = ()
    relied: Annotated[Relied | None, Field(exclude_if=absent)] = None
    uncounted: Annotated[tuple[Text, ...], Field(exclude_if=absent)] = ()


class Plan(Document):
    """The whole plan: `parts` by site name, one for every site of the inventory. No two replicas have one name."""

    format: Literal["placelang/plan/1"] = FORMAT
    header: Header
    parts: Annotated[Sequence[SitePart], AfterValidator(tuple)]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        sites = [part.site for part in self.parts]
        names = [r.name for p in self.parts for g in p.groups for s in g.services for r in s.replicas]
        for names_of_one_kind in (sites, names):
            if len(set(names_of_one_kind)) < len(names_of_one_kind):
                raise ValueError("two of one name")
        return self
