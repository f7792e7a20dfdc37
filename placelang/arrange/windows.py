"""When sites may change, and how much their uplinks may carry for it, as policies say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from placelang.cite import cite
from placelang.columns import Mask
from placelang.lower import Lowered
from placelang.lower.scopes import bound_hosts, bound_sites
from placelang.policies import ChangeOnly, Window, Within
from placelang_runtime import operations as document
from placelang_runtime.plan import UnreadWindow

_HOUR = 60


def find_windows(lowered: Lowered) -> Mapping[int, Sequence[document.ChangeWindow]]:
    """By site, the windows that bind it, or some hosts or services of it, by policy and as written."""
    found: dict[int, list[document.ChangeWindow]] = defaultdict(list)
    for policy in lowered.program.policies:
        for clause in policy.windows:
            hosts = bound_hosts(clause.within, lowered.world) if _is_of_hosts(clause) else None
            for site in _sites(clause.within, lowered):
                found[site].append(_window(lowered, policy.name, clause, site, hosts))
    return found


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


def _is_of_hosts(clause: ChangeOnly) -> bool:
    return clause.within is not None and clause.within.noun == "host"


def find_unread(lowered: Lowered) -> tuple[UnreadWindow, ...]:
    """The windows that nobody can read at some site, for want of its time zone."""
    return tuple(_unread(lowered))


def _unread(lowered: Lowered) -> Iterator[UnreadWindow]:
    names = lowered.world.sites.names
    for policy in lowered.program.policies:
        for clause in policy.windows:
            bound = _sites(clause.within, lowered)
            sites = tuple(names[site] for site in bound if _zone(lowered, site) is None)
            if sites:
                yield UnreadWindow(clause=cite(lowered.sources, clause.span), sites=sites)


def _zone(lowered: Lowered, site: int) -> str | None:
    zone = lowered.world.sites.facts["timezone"].value(site)
    return str(zone) if zone else None


def _window(
    lowered: Lowered, policy: str, clause: ChangeOnly, site: int, hosts: Mask | None
) -> document.ChangeWindow:
    """`hosts` are those that it is about, None for all."""
    names = None
    if hosts is not None:
        bound = np.flatnonzero(hosts & (lowered.world.hosts.parents == site)).tolist()
        names = tuple(lowered.world.hosts.names[h] for h in bound)
    closed = document.Closed(first=clause.closed[0], last=clause.closed[1]) if clause.closed else None
    return document.ChangeWindow(
        policy=policy,
        rule=rule_of(clause.window),
        zone=_zone(lowered, site),
        minutes=clause.window.minutes,
        closed=closed,
        hosts=names,
        services=clause.services,
    )


def rule_of(window: Window) -> str:
    """When a window opens, as RFC 5545 writes it."""
    hour, minute = divmod(window.opens, _HOUR)
    return f"FREQ=WEEKLY;BYDAY={','.join(window.days)};BYHOUR={hour};BYMINUTE={minute}"
