"""When sites may change, and how much their uplinks may carry for it, as policies say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from placelang.cite import cite
from placelang.diagnostics import Span
from placelang.lower import Lowered
from placelang.lower.scopes import bound_hosts, bound_sites
from placelang.policies import ChangeOnly, Window, Within
from placelang_runtime import operations as document
from placelang_runtime.plan import UnreadWindow
from placelang_runtime.recurrence import read_zone

_HOUR = 60


def find_windows(
    lowered: Lowered, running: Mapping[int, frozenset[str]]
) -> Mapping[int, Sequence[document.ChangeWindow]]:
    """By site, the windows that bind it, or some hosts or services of it, by policy and as written; `running` are the
    services of each site."""
    found: dict[int, list[document.ChangeWindow]] = defaultdict(list)
    for _, site, window in _windows(lowered, running):
        found[site].append(window)
    return found


def find_unread(lowered: Lowered, running: Mapping[int, frozenset[str]]) -> tuple[UnreadWindow, ...]:
    """The windows that nobody can read at some site, for want of its time zone."""
    found: dict[Span, list[str]] = {}
    for clause, site, window in _windows(lowered, running):
        if window.zone is None:
            found.setdefault(clause.span, []).append(lowered.world.sites.names[site])
    return tuple(
        UnreadWindow(clause=cite(lowered.sources, span), sites=tuple(sites)) for span, sites in found.items()
    )


def _windows(
    lowered: Lowered, running: Mapping[int, frozenset[str]]
) -> Iterator[tuple[ChangeOnly, int, document.ChangeWindow]]:
    for policy in lowered.program.policies:
        for clause in policy.windows:
            hosts = _hosts(clause, lowered)
            for site in _sites(clause.within, lowered):
                services = None
                if clause.services is not None:
                    services = tuple(sorted(running.get(site, frozenset()).intersection(clause.services)))
                if services != ():
                    window = document.ChangeWindow(
                        policy=policy.name,
                        rule=rule_of(clause.window),
                        zone=_zone(lowered, site),
                        minutes=clause.window.minutes,
                        closed=_closed(clause),
                        hosts=hosts[site] if hosts is not None else None,
                        services=services,
                    )
                    yield clause, site, window


def hours_at(lowered: Lowered, window: Window, site: int) -> document.Hours:
    """A window by the clock of a site."""
    return document.Hours(rule=rule_of(window), zone=_zone(lowered, site), minutes=window.minutes)


def _hosts(clause: ChangeOnly, lowered: Lowered) -> Mapping[int, tuple[str, ...]] | None:
    """The hosts of each site that a window is about, None for all."""
    if clause.within is None or clause.within.noun != "host":
        return None
    world = lowered.world
    found: dict[int, tuple[str, ...]] = {}
    for host in np.flatnonzero(bound_hosts(clause.within, world)).tolist():
        site = int(world.hosts.parents[host])
        found[site] = (*found.get(site, ()), world.hosts.names[host])
    return found


def _closed(clause: ChangeOnly) -> document.Closed | None:
    return document.Closed(first=clause.closed[0], last=clause.closed[1]) if clause.closed else None


def find_transfers(lowered: Lowered) -> Mapping[int, Sequence[document.TransferLimit]]:
    """By site, the limits of its uplink, by policy and as written."""
    found: dict[int, list[document.TransferLimit]] = defaultdict(list)
    for policy in lowered.program.policies:
        for clause in policy.transfers:
            limit = document.TransferLimit(policy=policy.name, bytes_per_day=int(clause.amount))
            for site in _sites(clause.within, lowered):
                found[site].append(limit)
    return found


def _sites(within: Within | None, lowered: Lowered) -> list[int]:
    sites: list[int] = np.flatnonzero(bound_sites(within, lowered.world)).tolist()
    return sites


def _zone(lowered: Lowered, site: int) -> str | None:
    zone = str(lowered.world.sites.facts["timezone"].value(site) or "")
    return zone if read_zone(zone) else None


def rule_of(window: Window) -> str:
    """When a window opens, as RFC 5545 writes it."""
    hour, minute = divmod(window.opens, _HOUR)
    return f"FREQ=WEEKLY;BYDAY={','.join(window.days)};BYHOUR={hour};BYMINUTE={minute}"
