"""Which replicas serve worse variants of their models than there are, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from placelang.cli.prose import Block, line
from placelang.cli.terminal import count
from placelang_runtime.part import Served, SitePart

MOST = 20
"""Replicas that are named."""


def chosen(variants: Iterable[Served]) -> str:
    """Variants by their names alone: `int8`, of several models `int8+small`."""
    return "+".join(one.variant for one in variants)


def variants_text(parts: Sequence[SitePart]) -> Iterator[Block]:
    """Each of these replicas, and what is in the way of the best that it could serve."""
    found = [
        replica
        for part in parts
        for group in part.groups
        for service in group.services
        for replica in service.replicas
        if replica.better
    ]
    if not found:
        return
    yield line()
    yield line(f"Not the best variant: {count(len(found), 'replica')}", style="bold")
    for replica in found[:MOST]:
        yield line(f"{replica.name} on {replica.host}: {chosen(replica.variants)}", indent=2)
        yield line(
            f"not {chosen(replica.better[0].variants)}: {replica.better[0].text}", indent=4, style="dim"
        )
    if len(found) > MOST:
        yield line(f"… and {len(found) - MOST} more: --output FILE has them all", indent=2, style="dim")
