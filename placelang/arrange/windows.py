"""When sites may change, and how much their uplinks may carry for it, as policies say."""

from __future__ import annotations

from collections.abc import Iterator

from placelang.cite import cite
from placelang.lower import Lowered
from placelang.lower.scopes import bound_hosts, bound_sites
from placelang.policies import ChangeOnly, Window
from placelang_runtime import operations as document
from placelang_runtime.plan import UnreadWindow

_HOUR = 60


def windows_of(lowered: Lowered, site: int) -> tuple[document.ChangeWindow, ...]:
    """The windows that bind a site, or some hosts or services of it, by policy and as written."""
    return tuple(
        _window(lowered, policy.name, clause, site)
        for policy in lowered.program.policies
        for clause in policy.windows
        if bound_sites(clause.within, lowered.world)[site]
    )


def transfers_of(lowered: Lowered, site: int) -> tuple[document.TransferLimit, ...]:
    """The limits of a site's uplink, by policy and as written."""
    return tuple(
        document.TransferLimit(policy=policy.name, bytes_per_day=int(clause.amount))
        for policy in lowered.program.policies
        for clause in policy.transfers
        if bound_sites(clause.within, lowered.world)[site]
    )


def find_unread(lowered: Lowered) -> tuple[UnreadWindow, ...]:
    """The windows that nobody can read at some site, for want of its time zone."""
    return tuple(_unread(lowered))


def _unread(lowered: Lowered) -> Iterator[UnreadWindow]:
    names = lowered.world.sites.names
    for policy in lowered.program.policies:
        for clause in policy.windows:
            bound = bound_sites(clause.within, lowered.world).nonzero()[0].tolist()
            sites = tuple(names[site] for site in bound if _zone(lowered, site) is None)
            if sites:
                yield UnreadWindow(clause=cite(lowered.sources, clause.span), sites=sites)


def _zone(lowered: Lowered, site: int) -> str | None:
    zone = lowered.world.sites.facts["timezone"].value(site)
    return str(zone) if zone else None


def _window(lowered: Lowered, policy: str, clause: ChangeOnly, site: int) -> document.ChangeWindow:
    hosts = None
    if clause.within is not None and clause.within.noun == "host":
        bound = bound_hosts(clause.within, lowered.world)
        at = lowered.world.hosts.parents == site
        hosts = tuple(lowered.world.hosts.names[h] for h in (bound & at).nonzero()[0].tolist())
    closed = document.Closed(first=clause.closed[0], last=clause.closed[1]) if clause.closed else None
    return document.ChangeWindow(
        policy=policy,
        rule=rule_of(clause.window),
        zone=_zone(lowered, site),
        minutes=clause.window.minutes,
        closed=closed,
        hosts=hosts,
        services=clause.services,
    )


def rule_of(window: Window) -> str:
    """When a window opens, as RFC 5545 writes it."""
    hour, minute = divmod(window.opens, _HOUR)
    return f"FREQ=WEEKLY;BYDAY={','.join(window.days)};BYHOUR={hour};BYMINUTE={minute}"
