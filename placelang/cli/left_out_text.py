"""Why groups are left out, as people read it: the argument, how the candidates dwindled, and what would help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from placelang.cli.prose import Block, line
from placelang.cli.terminal import count, listed

if TYPE_CHECKING:
    from placelang_runtime.left_out import Funnel, LeftOut, Step
    from placelang_runtime.plan import Header

MOST_ENTRIES = 12
MOST_NAMES = 6


def left_out_text(header: Header, *, site: str | None, detail: bool) -> Iterator[Block]:
    """All entries that concern `site`, or any site, up to a bound unless in `detail`."""
    entries = [entry for entry in header.left_out if site is None or site in entry.sites]
    if not entries:
        return
    groups = sum(len(entry.groups) for entry in entries)
    yield line()
    yield line(f"Left out: {count(groups, 'group')}", style="bold")
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
    title = ", ".join(_titles(entry))
    proof = "" if entry.proof.value == "proved" else ", not proved"
    yield line(f"{title} (priority {entry.priority}{proof})", indent=2, style="yellow")
    for reason in entry.reasons:
        yield line(reason.text, indent=4)
        if reason.clause is not None:
            yield line(f"{reason.clause.at}: {reason.clause.text}", indent=6, style="dim")
    for funnel in entry.funnels:
        if detail or not funnel.remaining:
            yield from _funnel(funnel)
    for suggestion in entry.suggestions:
        where = f" ({listed(suggestion.sites, MOST_NAMES)})" if len(entry.sites) > 1 else ""
        yield line(f"would fit: {suggestion.text}{where}", indent=4, style="green")


def _titles(entry: LeftOut) -> list[str]:
    """`checkout at gbg, mma and 3 more`: groups of one name before the `@` stand together."""
    at: dict[str, list[str]] = {}
    for group in entry.groups:
        app, _, value = group.partition("@")
        at.setdefault(app, []).append(value)
    return [f"{app} at {listed(values, MOST_NAMES)}" if any(values) else app for app, values in at.items()]


def _funnel(funnel: Funnel) -> Iterator[Block]:
    yield line(f"{funnel.service}, of {count(funnel.hosts, 'host')}:", indent=4)
    for step in funnel.steps:
        if step.removed:
            yield line(f"{step.removed} no: {_clause(step)} ({listed(step.hosts, MOST_NAMES)})", indent=6)
        if step.undecided:
            yield line(f"{step.undecided} unknown: {_clause(step)}", indent=6)
            for host in step.undecided_hosts[:MOST_NAMES]:
                yield line(f"{host.host}: {listed(host.facts, MOST_NAMES)}", indent=8, style="dim")


def _clause(step: Step) -> str:
    return step.text if step.clause is None else f"{step.clause.text} [{step.clause.at}]"
