"""The steps of a plan as people read them: how many, how long, and what is out of the ordinary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from placelang.cli.prose import Block, line, table
from placelang.cli.terminal import count

if TYPE_CHECKING:
    from placelang_runtime.part import SitePart
    from placelang_runtime.plan import Plan
    from placelang_runtime.steps import Steps

MOST_STEPS = 8
MOST_NOTES = 8


def steps_text(plan: Plan, parts: Sequence[SitePart], *, every: bool) -> Iterator[Block]:
    """How the sites get from what runs to the plan: the first few steps where something runs, or all."""
    schedule = plan.header.schedule
    found = [(part.site, part.steps) for part in parts if part.steps is not None]
    if schedule is None or not found:
        return
    total = sum(len(steps.nodes) for _, steps in found)
    seconds = found[0][1].seconds if len(parts) == 1 else schedule.seconds
    rows = [row for site, steps in found for row in _rows(site if len(parts) > 1 else "", steps)]
    shown = rows if every else rows[:MOST_STEPS] if plan.header.changes is not None else []
    more = "" if len(shown) == total else "--steps shows them all" if shown else "--steps shows them"
    yield line()
    yield line(f"Steps: {total}, about {_duration(seconds)}", style="bold", after=more)
    if shown:
        yield table(shown, whole=3)
    notes = [f"{steps.nodes[n.step].of}: {n.text}" for _, steps in found for n in steps.notes]
    for text in notes if every else notes[:MOST_NOTES]:
        yield line(text, indent=2)
    if len(notes) > MOST_NOTES and not every:
        yield line(f"… and {len(notes) - MOST_NOTES} more: --steps", indent=2, style="dim")
    if schedule.between and len(parts) > 1:
        yield line(f"{count(len(schedule.between), 'step waits', 'steps wait')} for another site", indent=2)


def _rows(site: str, steps: Steps) -> Iterator[tuple[str, ...]]:
    """A row a step: its number, what is done where, how long it takes, and for which steps it waits."""
    ahead: dict[int, list[int]] = {}
    for first, then in steps.edges:
        ahead.setdefault(then, []).append(first)
    for number, step in enumerate(steps.nodes):
        waits = ", ".join(str(first + 1) for first in ahead.get(number, ()))
        on = f"on {step.host}" if step.host and step.kind != "clean" else f"at {site}" if site else ""
        after = f"after {waits}" if waits else ""
        yield f"  {number + 1}", step.kind, f"{step.of} {on}".rstrip(), _duration(step.seconds), after


def _duration(seconds: int) -> str:
    """`52 s`, `3 min`, `2 h`: as exact as an estimate is."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds} s"
