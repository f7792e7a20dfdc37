"""Why groups are left out, as people read it: the argument, how the candidates dwindled, and what would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from placelang.cli.prose import Block, line
from placelang.cli.terminal import count, listed

if TYPE_CHECKING:
    from placelang_runtime.left_out import Clash, Funnel, LeftOut

MOST_ENTRIES = 12
MOST_NAMES = 6


def left_out_text(
    left_out: Sequence[LeftOut], *, site: str | None, detail: bool, title: str = "Left out"
) -> Iterator[Block]:
    """All entries that concern `site`, or any site, up to a bound unless in `detail`."""
    entries = [entry for entry in left_out if site is None or site in entry.sites]
    if not entries:
        return
    groups = sum(len(entry.groups) for entry in entries)
    yield line()
    yield line(f"{title}: {count(groups, 'group')}", style="bold")
    shown = entries if detail or site else entries[:MOST_ENTRIES]
    for entry in shown:
        yield line()
        yield from _entry(entry, detail=detail)
    if len(entries) > len(shown):
        yield line()
        yield line(
            f"… and {len(entries) - len(shown)} more: --site NAME, --verbose, --output FILE", style="dim"
        )


def _entry(entry: LeftOut, *, detail: bool) -> Iterator[Block]:
    proof = "" if entry.proof.value == "proved" else ", not proved"
    yield line(", ".join(_titles(entry)), indent=2, style="yellow", after=f"priority {entry.priority}{proof}")
    funnels = [funnel for funnel in entry.funnels if detail or not funnel.remaining]
    cited = {reason.clause.at for reason in entry.reasons if reason.clause}
    for reason in entry.reasons:
        yield line(reason.text, indent=4)
        if reason.clause:
            yield line(reason.clause.text, indent=8, after=reason.clause.at)
    if entry.further is not None:
        yield from _clash(entry.further)
    for funnel in funnels:
        yield from _funnel(funnel, cited)
    if not entry.reasons and not funnels:
        yield line("the search ended before a reason was found: raise --budget", indent=4)
    for suggestion in entry.suggestions:
        where = listed(suggestion.sites, MOST_NAMES) if len(entry.sites) > 1 else ""
        yield line(f"it would fit {suggestion.text}", indent=4, style="green", after=where)


def _clash(clash: Clash) -> Iterator[Block]:
    """What cannot all hold; a clause under the line that it belongs to."""
    yield line(f"{clash.text}:", indent=4)
    for member in clash.members:
        yield line(member.text, indent=6)
        if member.clause:
            yield line(member.clause.text, indent=10, after=member.clause.at)


def _titles(entry: LeftOut) -> list[str]:
    """`checkout at gbg, mma and 3 more`: groups of one name before the `@` stand together."""
    at: dict[str, list[str]] = {}
    for group in entry.groups:
        app, _, value = group.partition("@")
        at.setdefault(app, []).append(value)
    return [f"{app} at {listed(values, MOST_NAMES)}" if any(values) else app for app, values in at.items()]


def _funnel(funnel: Funnel, cited: set[str]) -> Iterator[Block]:
    """How many hosts each clause took, and the hosts under it; the place of a clause only where it is not `cited`."""
    variant = f" ~ {funnel.variant}" if funnel.variant else ""
    yield line(f"of {count(funnel.hosts, 'host')} for {funnel.service}{variant}", indent=4)
    for step in funnel.steps:
        clause, at = (step.clause.text, step.clause.at) if step.clause else (step.text, "")
        at = "" if at in cited else at
        if step.removed:
            yield line(f"{step.removed} no: {clause}", indent=6, after=at)
            yield line(listed(step.hosts, MOST_NAMES, step.removed), indent=10, style="dim")
        if step.undecided:
            yield line(f"{step.undecided} unknown: {clause}", indent=6, after=at)
            for host in step.undecided_hosts[:MOST_NAMES]:
                yield line(f"{host.host}: {listed(host.facts, MOST_NAMES)}", indent=10, style="dim")
            if step.undecided > MOST_NAMES:
                yield line(f"and {step.undecided - MOST_NAMES} more", indent=10, style="dim")
    if funnel.remaining:
        yield line(f"{funnel.remaining} suit", indent=6)
