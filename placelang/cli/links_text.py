"""Who is served from where, as people read it: what goes over uplinks, and how full that makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from placelang.cli.prose import Block, line
from placelang.cli.terminal import count
from placelang.types import BANDWIDTH, DURATION, show

if TYPE_CHECKING:
    from placelang_runtime.part import Link, SitePart

MOST_LINKS = 20


def links_text(parts: Sequence[SitePart], *, detail: bool) -> Iterator[Block]:
    """The links of the parts, in `detail` those inside a site too, and what is booked of uplinks."""
    found = [
        (replica.name, link, link.site == part.site)
        for part in parts
        for group in part.groups
        for service in group.services
        for replica in service.replicas
        for link in replica.links
    ]
    shown = [(replica, link) for replica, link, inside in found if detail or not inside]
    if shown:
        yield line()
        yield line(f"Links: {_total(found)}", style="bold")
        width = max(len(replica) for replica, _ in shown[:MOST_LINKS])
        for replica, link in shown[:MOST_LINKS]:
            yield line(
                f"{replica:{width}}  ← {link.replica} on {link.host} at {link.site}{_what(link)}", indent=2
            )
        if len(shown) > MOST_LINKS:
            more = len(shown) - MOST_LINKS
            yield line(f"… and {more} more: --output FILE has them all", indent=2, style="dim")
    yield from _uplinks(parts, detail=detail)


def _total(found: Sequence[tuple[str, Link, bool]]) -> str:
    inside = sum(1 for _, _, here in found if here)
    over = len(found) - inside
    return f"{over} over uplinks, {inside} inside a site" if inside else f"{over} over uplinks"


def _what(link: Link) -> str:
    latency = "latency unknown" if link.latency_us is None else show(link.latency_us / 1000, DURATION)
    booked = f", {show(float(link.bandwidth), BANDWIDTH)}" if link.bandwidth else ""
    return f": {latency}{booked}"


def _uplinks(parts: Sequence[SitePart], *, detail: bool) -> Iterator[Block]:
    booked = [(part.site, part.uplink) for part in parts if part.uplink and (part.uplink.booked or detail)]
    if booked:
        yield line(f"Uplinks booked: {count(len(booked), 'site')}", style="bold")
        for site, uplink in booked[:MOST_LINKS]:
            have = (
                show(float(uplink.capacity), BANDWIDTH)
                if uplink.capacity is not None
                else "an unknown uplink"
            )
            used = show(float(uplink.booked), BANDWIDTH) if uplink.booked else "0"
            yield line(f"{site}: {used} of {have}", indent=2)
        if len(booked) > MOST_LINKS:
            yield line(f"… and {len(booked) - MOST_LINKS} more", indent=2, style="dim")
