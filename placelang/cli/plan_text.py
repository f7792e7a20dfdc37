"""A plan as people read it: what runs where and how full that makes the hosts, what was left out and why, what changes.

Enters: a `Plan`. Leaves: text of bounded length, whatever the fleet's size; what is not shown is counted, with the
option that shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from placelang.cli.hours_text import hours_text
from placelang.cli.left_out_text import MOST_NAMES, left_out_text
from placelang.cli.links_text import links_text
from placelang.cli.losses_text import losses_text
from placelang.cli.prose import Block, line, name, printed
from placelang.cli.steps_text import steps_text
from placelang.cli.terminal import count, listed
from placelang.cli.timetable_text import timetable_text
from placelang.cli.variants_text import chosen, variants_text
from placelang.cli.wanted_text import end_of_plan
from placelang.types import BYTES, DURATION, show

if TYPE_CHECKING:
    from placelang_runtime.left_out import LeftOut
    from placelang_runtime.part import HostFill, SitePart
    from placelang_runtime.plan import Changes, Header, Plan

MOST_SITES = 20
MOST_CHANGES = 20
MOST_RELIED = 3
MINUTE = 60_000
COLUMNS = ("cpu", "memory", "disk")
FULL, FILLING = 95, 80  # percent of a host from which on its fill is coloured


@dataclass(frozen=True, slots=True)
class View:
    """What of a plan to show: one site or all, every host with its amounts or those that run something. `ask` is the
    command that explains, without what is to be explained, `wanted` the one that lists what is to be found out;
    `store` is that of the inventory, if it is one. `every_step`: all steps, not the first few."""

    site: str | None = None
    every_host: bool = False
    detail: bool = False
    ask: str | None = None
    every_step: bool = False
    wanted: str | None = None
    store: str | None = None


def plan_text(plan: Plan, view: View, *, width: int, colour: bool) -> str:
    """The whole plan, its sections separated by blank lines."""
    parts = [part for part in plan.parts if view.site in (None, part.site)]
    table = _placements(parts, view)
    blocks: list[Block] = [table if table.row_count else line("Nothing is placed.", style="bold")]
    blocks += _not_shown(parts, view)
    blocks += hours_text(parts)
    blocks += timetable_text(plan.header.timetable, parts, view.site)
    blocks += links_text(parts, detail=view.detail or view.site is not None)
    blocks += losses_text(parts, detail=view.detail or view.site is not None)
    blocks += variants_text(parts)
    blocks += left_out_text(plan.header.left_out, site=view.site, detail=view.detail)
    if view.site is None:
        blocks += _unknowns(plan.header)
        blocks += _relied(plan.header)
        blocks += _uncounted(plan)
        blocks += _unread(plan.header)
        if plan.header.changes is not None:
            blocks += changes_text(plan.header.changes)
            blocks += _displaced(plan.header)
    blocks += steps_text(plan, parts, every=view.every_step)
    if view.site is None:
        if view.detail:
            blocks += _levels(plan.header)
        blocks += _summary(plan)
    blocks += end_of_plan(plan.header.left_out, site=view.site, store=view.store, ask=view.wanted)
    if view.ask and plan.header.left_out:
        blocks.append(f"why? {view.ask} {_puzzle(plan.header.left_out[0])}")
    return printed(blocks, width=width, colour=colour)


def _puzzle(entry: LeftOut) -> str:
    """What to ask about an entry: the service that has no host, at one of the sites."""
    service = next((funnel.service for funnel in entry.funnels if not funnel.remaining), entry.services[0])
    return f"{service} --site {entry.sites[0]}" if entry.sites else service


def _placements(parts: list[SitePart], view: View) -> Table:
    """One row a host, the site's name on its first."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("site", no_wrap=True)
    table.add_column("host", no_wrap=True)
    for resource in COLUMNS:
        table.add_column(resource, justify="right", no_wrap=True)
    table.add_column("runs", overflow="fold")
    short = _short_names(parts)
    for part in parts if view.every_host or view.site else _busy(parts)[:MOST_SITES]:
        running = _running(part, short)
        site = name(part.site)
        for host in part.hosts:
            if host.name in running or view.every_host:
                fills = [_fill(host, resource, amounts=view.every_host) for resource in COLUMNS]
                table.add_row(site, name(host.name), *fills, Text(", ".join(running.get(host.name, ()))))
                site = Text()
    return table


def _busy(parts: list[SitePart]) -> list[SitePart]:
    return [part for part in parts if any(s.replicas for g in part.groups for s in g.services)]


def _short_names(parts: list[SitePart]) -> dict[str, str]:
    """Services by their own name where only one app has a service of that name."""
    full = {service.name for part in parts for group in part.groups for service in group.services}
    uses = Counter(service.rpartition(".")[2] for service in full)
    return {s: s.rpartition(".")[2] if uses[s.rpartition(".")[2]] == 1 else s for s in full}


def _running(part: SitePart, short: Mapping[str, str]) -> dict[str, list[str]]:
    """What each host of a site runs, by name, with how many where more than one."""
    replicas = Counter(
        (replica.host, short[service.name], chosen(replica.variants))
        for group in part.groups
        for service in group.services
        for replica in service.replicas
    )
    running: dict[str, list[str]] = {}
    for (host, own, variants), times in sorted(replicas.items()):
        service = f"{own} ({variants})" if variants else own
        running.setdefault(host, []).append(service if times == 1 else f"{service}×{times}")
    return running


def _fill(host: HostFill, resource: str, *, amounts: bool) -> Text:
    used, capacity = host.used.get(resource, 0), host.capacity.get(resource)
    used += host.stock if resource == "disk" else 0
    if not capacity:
        return Text("?" if capacity is None else "-", style="dim")
    percent = 100 * used // capacity
    style = "red" if percent >= FULL else "yellow" if percent >= FILLING else ""
    if not amounts:
        return Text(f"{percent}%", style=style)
    if resource == "cpu":
        return Text(f"{used / 1000:g} of {capacity / 1000:g}", style=style)
    return Text(f"{show(float(used), BYTES) if used else '0'} of {show(float(capacity), BYTES)}", style=style)


def _not_shown(parts: list[SitePart], view: View) -> Iterator[Block]:
    """What the table leaves out, counted."""
    if view.every_host or view.site:
        return
    busy = _busy(parts)
    if len(busy) > MOST_SITES:
        more = count(len(busy) - MOST_SITES, "more site")
        yield line(f"… and {more}: see --site NAME, --hosts, --output FILE", style="dim")
    at_work = {replica.host for p in parts for g in p.groups for s in g.services for replica in s.replicas}
    idle = [host.name for part in parts for host in part.hosts if host.name not in at_work]
    if idle:
        yield line(f"{count(len(idle), 'host runs', 'hosts run')} nothing (--hosts shows all)", style="dim")


def _unknowns(header: Header) -> Iterator[Block]:
    """What stays where it is, and which wishes count as missed, for want of facts."""
    if header.stays:
        yield line()
        yield line(f"Staying on unknown facts: {count(len(header.stays), 'replica')}", style="bold")
        for stay in header.stays[:MOST_CHANGES]:
            facts = ", ".join(f.fact + _age(f.age_ms) for f in stay.facts)
            clause = f" ({stay.clause.at})" if stay.clause else ""
            yield line(f"{stay.replica} on {stay.host}: {facts}{clause}", indent=2)
        yield from _rest(len(header.stays), MOST_CHANGES)
    if header.unknown_preferences:
        yield line()
        yield line("Preferences that count as missed, since they are unknown", style="bold")
        for missed in header.unknown_preferences[:MOST_CHANGES]:
            hosts = ", ".join(missed.hosts)
            yield line(f"{missed.service}: {missed.clause.text}", indent=2)
            yield line(
                f"{count(missed.count, 'replica')}, on {hosts} ({missed.clause.at})", indent=4, style="dim"
            )
        yield from _rest(len(header.unknown_preferences), MOST_CHANGES)


def _uncounted(plan: Plan) -> Iterator[Block]:
    """What disks hold that is not counted; where nothing is counted, nobody expects it."""
    names = plan.header.uncounted
    if names and any(host.stock for part in plan.parts for host in part.hosts):
        yield ""
        yield line(
            f"Not counted on disks, as nobody knows how large: {listed(names, MOST_NAMES)}", style="dim"
        )


def _relied(header: Header) -> Iterator[Block]:
    """The oldest facts that the plan rests on, where any has an age."""
    relied = header.relied
    old = [fact for fact in relied.oldest if fact.age_ms >= MINUTE] if relied is not None else []
    if relied is None or not old:
        return
    undated = f", {relied.undated} of them without a time" if relied.undated else ""
    yield line()
    yield line(f"Relies on {count(relied.facts, 'fact')}{undated}; the oldest", style="bold")
    for fact in old[:MOST_RELIED]:
        yield line(f"{fact.fact}{_age(fact.age_ms)}", indent=2, after=fact.source or "")


def _unread(header: Header) -> Iterator[Block]:
    """Windows of which nobody knows when they open."""
    if header.unread_windows:
        yield line()
        yield line("Windows that nobody can read, for want of `timezone`", style="bold")
        for window in header.unread_windows[:MOST_CHANGES]:
            yield line(f"{window.clause.text} ({window.clause.at})", indent=2)
            yield line(f"at {listed(window.sites, MOST_NAMES)}", indent=4, style="dim")
        yield from _rest(len(header.unread_windows), MOST_CHANGES)


def _age(age_ms: int | None) -> str:
    if age_ms is None:
        return " was never known"
    minutes = age_ms // 60_000
    days, hours = minutes // 1440, minutes // 60
    return f" is {count(days, 'day') if days else count(hours, 'hour') if hours else count(minutes, 'minute')} old"


def changes_text(changes: Changes) -> Iterator[Block]:
    """How much starts, moves and stops, and the first of what does."""
    yield line()
    counts = (
        f"{changes.start} start, {changes.move} move, {changes.stop} stop, {changes.keep} stay as they are"
    )
    yield line(f"Changes: {counts}", style="bold")
    width = max((len(change.replica) for change in changes.list[:MOST_CHANGES]), default=0)
    for change in changes.list[:MOST_CHANGES]:
        if change.source and change.target:
            yield line(f"move   {change.replica:{width}}  {change.source} → {change.target}", indent=2)
        elif change.target:
            yield line(f"start  {change.replica:{width}}  on {change.target}", indent=2)
        else:
            yield line(f"stop   {change.replica:{width}}  on {change.source}", indent=2)
    yield from _rest(len(changes.list), MOST_CHANGES)


def _displaced(header: Header) -> Iterator[Block]:
    """What gave way to something more important."""
    if header.displaced:
        yield line()
        yield line(f"Displaced: {count(len(header.displaced), 'replica')}", style="bold")
        for one in header.displaced[:MOST_CHANGES]:
            where = f"{one.source} → {one.target}" if one.target else f"left out, ran on {one.source}"
            what = f": {', '.join(one.resources)}" if one.resources else ""
            yield line(f"{one.replica}  {where}", indent=2, after=f"for {listed(one.by, MOST_NAMES)}{what}")
        yield from _rest(len(header.displaced), MOST_CHANGES)


def _levels(header: Header) -> Iterator[Block]:
    yield line()
    yield line("Objectives, most important first", style="bold")
    for level in header.levels:
        proof = "proved best" if level.proved else f"at best {_amount(level.name, level.bound)}"
        yield line(f"{level.name}: {_amount(level.name, level.value)}, {proof}", indent=2)


def _amount(level: str, value: int) -> str:
    return show(value / 1000, DURATION) if level == "latency" else str(value)


def _rest(total: int, shown: int) -> Iterator[Block]:
    if total > shown:
        yield line(f"… and {total - shown} more: --output FILE has them all", indent=2, style="dim")


def _summary(plan: Plan) -> Iterator[Block]:
    """The last lines: how much was placed, and what bounds the answer."""
    header = plan.header
    services = [s for part in plan.parts for g in part.groups for s in g.services]
    replicas = sum(len(s.replicas) for s in services)
    placed = {group.name for part in plan.parts for group in part.groups}
    left_out = sum(len(entry.groups) for entry in header.left_out)
    at_work = {replica.host for service in services for replica in service.replicas}
    hosts = sum(len(part.hosts) for part in plan.parts)
    yield line()
    yield line(
        f"{len(placed)} of {count(len(placed) + left_out, 'group')} placed: {count(replicas, 'replica')} on "
        f"{len(at_work)} of {count(hosts, 'host')}" + (f", as of {header.at}" if header.at else ""),
        style="bold",
    )
    unproved = [level for level in header.levels if not level.proved]
    if unproved:
        first = unproved[0]
        yield line(f"{first.name} may get better ({first.value}, at best {first.bound}): raise --budget")
    if header.timed_out:
        yield line(
            "the clock ended the search (--time-limit): another run may plan differently", style="yellow"
        )
