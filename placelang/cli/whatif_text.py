"""The difference between today's plan and another, as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from placelang.cli.left_out_text import left_out_text
from placelang.cli.plan_text import changes_text
from placelang.cli.prose import Block, line, printed
from placelang.cli.terminal import count, listed

if TYPE_CHECKING:
    from placelang.whatif import Difference

MOST_NAMES = 12
MOST_STUCK = 20


def whatif_text(difference: Difference, *, width: int, colour: bool) -> str:
    """What is assumed, then all that differs, then how many groups are placed."""
    return printed(_blocks(difference), width=width, colour=colour)


def _blocks(difference: Difference) -> Iterator[Block]:
    for number, said in enumerate(difference.assumed):
        yield line(f"{'and if' if number else 'What if'} {said}", style="bold")
    yield from left_out_text(difference.left_out, site=None, detail=False, title="Left out then")
    yield from _names("Placed then", difference.placed)
    yield from _names("Not wanted any more", difference.gone)
    yield from _stuck(difference)
    if difference.changes.list:
        yield from changes_text(difference.changes)
    else:
        yield line()
        yield line("Nothing moves", style="bold")
    if difference.levels:
        yield line()
        yield line("Objectives", style="bold")
        for level in difference.levels:
            yield line(f"{level.name}: {_value(level.today)} today, {_value(level.then)} then", indent=2)
    today, then = difference.today, difference.then
    yield line()
    yield line(
        f"{today.placed} of {count(today.wanted, 'group')} placed today, {then.placed} of {then.wanted} then",
        style="bold",
    )


def _value(value: int | None) -> str:
    return "none" if value is None else str(value)


def _names(title: str, groups: Sequence[str]) -> Iterator[Block]:
    if groups:
        yield line()
        yield line(f"{title}: {count(len(groups), 'group')}", style="bold")
        yield line(listed(groups, MOST_NAMES), indent=2)


def _stuck(difference: Difference) -> Iterator[Block]:
    if difference.stuck:
        yield line()
        yield line(f"Cannot leave: {count(len(difference.stuck), 'replica')}", style="bold")
        for one in difference.stuck[:MOST_STUCK]:
            yield line(f"{one.replica} on {one.host}", indent=2)
        if len(difference.stuck) > MOST_STUCK:
            yield line(
                f"… and {len(difference.stuck) - MOST_STUCK} more: --json has them all", indent=2, style="dim"
            )
