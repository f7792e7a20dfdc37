"""A plan that follows a store, as people read it: what differs from the plan before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from placelang.cli.left_out_text import left_out_text
from placelang.cli.plan_text import changes_text
from placelang.cli.prose import Block, line, printed
from placelang.cli.terminal import count, listed

if TYPE_CHECKING:
    from placelang.watching import Replanned

MOST_NAMES = 12


def replanned_text(found: Replanned, *, width: int, colour: bool) -> str:
    """The moment, all that differs, and how many groups are placed; of the first plan only the latter."""
    return printed(_blocks(found), width=width, colour=colour)


def _blocks(found: Replanned) -> Iterator[Block]:
    from placelang.inventory import show_time
    from placelang.whatif.difference import count_of

    placed = count_of(found.worked)
    yield line(
        f"{show_time(found.at)}: {placed.placed} of {count(placed.wanted, 'group')} placed", style="bold"
    )
    difference = found.difference
    if difference is None:
        left_out = found.worked.plan.header.left_out
        yield from left_out_text(left_out, site=None, detail=False, title="Left out")
        return
    yield from left_out_text(difference.left_out, site=None, detail=False, title="Left out from now on")
    for title, groups in (("Placed again", difference.placed), ("Not wanted any more", difference.gone)):
        if groups:
            yield line(f"{title}: {listed(groups, MOST_NAMES)}", indent=2)
    if difference.changes.list:
        yield from changes_text(difference.changes)
    elif not (difference.left_out or difference.placed or difference.gone):
        yield line("nothing differs", indent=2)


def replanned_data(found: Replanned) -> str:
    """One line of JSON: the moment, and what differs as `whatif --json` has it."""
    from pydantic import TypeAdapter

    from placelang.inventory import show_time
    from placelang.whatif.difference import Difference, count_of

    differs = None
    if found.difference is not None:
        differs = TypeAdapter(Difference).dump_python(found.difference, mode="json")
    placed = count_of(found.worked)
    row = {
        "format": "placelang/replanned/1",
        "at": show_time(found.at),
        "placed": placed.placed,
        "wanted": placed.wanted,
        "outcome": placed.outcome.value,
        "difference": differs,
    }
    return json.dumps(row) + "\n"
