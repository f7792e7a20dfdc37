"""What to add to a fleet, as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table

from placelang.cli.left_out_text import left_out_text
from placelang.cli.prose import Block, line, name, printed
from placelang.cli.terminal import count, listed

if TYPE_CHECKING:
    from placelang.whatif import Size, Sizing

MOST_SITES = 40
MOST_NAMES = 6


def size_text(sizing: Sizing, *, width: int, colour: bool) -> str:
    """What to add where, what nothing helps and why, and how much that is in all."""
    return printed(_blocks(sizing), width=width, colour=colour)


def _blocks(sizing: Sizing) -> Iterator[Block]:
    found = [one for one in sizing.sizes if one.add]
    if found:
        yield _table(found)
        if len(found) > MOST_SITES:
            yield line(f"… and {len(found) - MOST_SITES} more: --json has them all", style="dim")
    hopeless = [entry for one in sizing.sizes for entry in one.hopeless]
    yield from left_out_text(hopeless, site=None, detail=False, title="No number of any kind helps")
    unhelped = [group for one in sizing.sizes for group in one.open]
    if unhelped:
        yield line()
        yield line(f"Nothing was found that helps: {listed(unhelped, MOST_NAMES)}", style="yellow")
    if found or hopeless or unhelped:
        yield line()
    hosts = sum(addition.count for one in sizing.sizes for addition in one.add)
    today, then = sizing.today, sizing.then
    placed = f"{today.placed} of {count(today.wanted, 'group')} placed today"
    if hosts:
        yield line(f"{count(hosts, 'host')} for {_cost(sizing.cost)} in all", style="bold")
        yield line(f"{placed}, {then.placed} of {then.wanted} then", style="bold")
    elif hopeless or unhelped:
        yield line(placed, style="bold")
    else:
        yield line(f"Everything fits: {placed}" if today.placed == today.wanted else placed, style="bold")


def _table(sizes: list[Size]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("site", no_wrap=True)
    table.add_column("add", overflow="fold")
    table.add_column("cost", justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    table.add_column("for", overflow="fold")
    for one in sizes[:MOST_SITES]:
        several = len({addition.site for addition in one.add}) > 1 or not one.sites
        at = listed(one.sites, MOST_NAMES) if one.sites else "several"
        added = [f"{a.count} {a.kind}" + (f" at {a.site}" if several else "") for a in one.add]
        site = at if several else one.add[0].site
        groups = listed(one.groups, MOST_NAMES)
        table.add_row(
            name(site), name(", ".join(added)), name(_cost(one.cost)), name(_proof(one)), name(groups)
        )
    return table


def _proof(one: Size) -> str:
    if one.proved:
        return "the cheapest"
    return f"the best found, {_cost(one.bound)} at least" if one.bound else "the best found"


def _cost(cost: float) -> str:
    return f"{cost:,.3f}".rstrip("0").rstrip(".")
