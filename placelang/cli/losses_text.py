"""What is survived, as people read it: which losses, what is not, and in detail what is done after each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from placelang.cli.prose import Block, line
from placelang.cli.terminal import count, listed

if TYPE_CHECKING:
    from placelang_runtime.part import Contingency, SitePart

MOST_LOSSES = 20
MOST_NAMES = 6


def losses_text(parts: Sequence[SitePart], *, detail: bool) -> Iterator[Block]:
    """What each app or service survives, with the sites; in `detail`, what is done after each loss."""
    at: dict[tuple[str, int, str], list[str]] = {}
    missed: dict[tuple[str, int, str], dict[str, None]] = {}
    for part in parts:
        for told in part.survives:
            key = (told.owner, told.count, told.of)
            if not told.uncovered:
                at.setdefault(key, []).append(part.site)
            for lost in told.uncovered:
                missed.setdefault(key, {})[" and ".join(lost)] = None
    if not at and not missed:
        return
    yield line()
    yield line("Survived", style="bold")
    for owner, number, of in sorted({*at, *missed}):
        sites, losses = at.get((owner, number, of), []), list(missed.get((owner, number, of), ()))
        if sites:
            yield line(f"{owner} at {listed(sites, MOST_NAMES)}: {_any(number, of)}", indent=2)
        if losses:
            text = f"{owner}: not the loss of {listed(losses, MOST_NAMES)}, which is only preferred"
            yield line(text, indent=2, style="yellow")
    if detail:
        yield from _contingencies(parts)


def _any(number: int, of: str) -> str:
    return f"the loss of any one {of}" if number == 1 else f"the loss of any {number} {of}s"


def _contingencies(parts: Sequence[SitePart]) -> Iterator[Block]:
    """What is done after each loss, then what has to be at hand for it."""
    told: dict[tuple[str, ...], Contingency] = {}
    for part in parts:
        told.update({one.lost: one for one in part.contingencies})
    for one in list(told.values())[:MOST_LOSSES]:
        lost = " and ".join(one.lost)
        yield line(f"when {lost} {'is' if len(one.lost) == 1 else 'are'} lost", indent=2)
        for stop in one.stops:
            yield line(f"stop   {stop}", indent=4)
        width = max((len(start.replica.name) for start in one.starts), default=0)
        for start in one.starts:
            moved = f", from {start.leaves}" if start.leaves else ""
            yield line(f"start  {start.replica.name:{width}}  on {start.replica.host}{moved}", indent=4)
    if len(told) > MOST_LOSSES:
        yield line(f"… and {len(told) - MOST_LOSSES} more: --output FILE has them all", indent=2, style="dim")
    wanted = [hand for part in parts for hand in part.at_hand]
    if wanted:
        yield line(f"at hand for that, on {count(len(wanted), 'host')}", indent=2)
        for hand in wanted[:MOST_LOSSES]:
            yield line(
                f"{hand.host}: {listed((*hand.images, *hand.models), MOST_NAMES)}", indent=4, style="dim"
            )
