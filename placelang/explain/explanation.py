"""What an explanation says, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from placelang_runtime.left_out import Clash, Clause, Funnel, LeftOut


class Verdict(StrEnum):
    """What a host is to a unit."""

    RUNS = "runs"
    POSSIBLE = "possible"
    UNDECIDED = "undecided"
    RULED_OUT = "ruled out"


@dataclass(frozen=True, slots=True)
class Margin:
    """What it would cost to do without a host that is used, or to use one that is not, found by solving again: `level`
    is the first objective that gets worse, from `value` to `instead`; None where none does. `hosts` are those on which
    replicas would stand then and do not now: the next best, for a host that is used."""

    level: str | None
    value: int
    instead: int
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostVerdict:
    """`replicas` are the names of those that stand there; `text` is one sentence; `clause` is what decides and
    `facts` what would have to be known. `margin` is there where it was tried; `clash`, where no replica can stand here,
    or nowhere else: what excludes it, as far as that was found."""

    host: str
    verdict: Verdict
    replicas: tuple[str, ...]
    text: str
    clause: Clause | None = None
    facts: tuple[str, ...] = ()
    margin: Margin | None = None
    clash: Clash | None = None


@dataclass(frozen=True, slots=True)
class UnitExplanation:
    """A service's replicas as they are counted: `shop.till@gbg`, at `site` if it is of one. Hosts stand in the order of
    their verdicts, then by name; `placed` counts the replicas on all of them, `left_out` says why there is none."""

    name: str
    site: str | None
    placed: int
    funnel: Funnel
    hosts: tuple[HostVerdict, ...]
    left_out: LeftOut | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`clause` is how often the service is wanted. There are no `units` where its filters leave nothing: `funnel`, over
    all hosts, shows how."""

    service: str
    clause: Clause
    funnel: Funnel
    units: tuple[UnitExplanation, ...]
