"""A survey as people read it: which losses hurt, the worst first, and where the least room is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table

from placelang.cli.prose import Block, line, name, printed
from placelang.cli.terminal import count, listed

if TYPE_CHECKING:
    from placelang.whatif import Headroom, Loss, Survey

MOST_LOSSES = 40
MOST_SITES = 20
MOST_GROUPS = 6


def survey_text(survey: Survey, ask: str, *, width: int, colour: bool) -> str:
    """The whole survey, of bounded length; `ask` is the command that shows one loss, without the host."""
    return printed(_blocks(survey, ask), width=width, colour=colour)


def _blocks(survey: Survey, ask: str) -> Iterator[Block]:
    if survey.losses:
        yield _losses(survey.losses)
        yield from _rest(len(survey.losses), MOST_LOSSES)
        yield line()
    if survey.headroom:
        yield line("Headroom after the worst loss", style="bold")
        yield _headroom(survey.headroom)
        yield from _rest(len(survey.headroom), MOST_SITES)
        yield line()
    hurt = len({loss.site for loss in survey.losses})
    yield line(
        f"{len(survey.losses)} of {count(survey.hosts, 'host')} hurt when lost, at {hurt} of "
        f"{count(survey.sites, 'site')}",
        style="bold",
    )
    if survey.losses:
        yield f"why? {ask} {survey.losses[0].host}"


def _losses(losses: tuple[Loss, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("site", no_wrap=True)
    table.add_column("without", no_wrap=True)
    table.add_column("left out then, by priority", overflow="fold")
    table.add_column("starts elsewhere", justify="right", no_wrap=True)
    for loss in losses[:MOST_LOSSES]:
        groups = [f"{group.name} ({group.priority})" for group in loss.groups]
        said = listed(groups, MOST_GROUPS) + ("" if loss.proved else ", not proved")
        table.add_row(name(loss.site), name(loss.host), name(said), name(str(loss.starts)))
    return table


def _headroom(found: tuple[Headroom, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("site", no_wrap=True)
    table.add_column("without", no_wrap=True)
    table.add_column("left", justify="right", no_wrap=True)
    table.add_column("needed, of what there is", overflow="fold")
    for one in found[:MOST_SITES]:
        left = "none" if one.percent is None else f"{one.percent}%"
        table.add_row(name(one.site), name(one.host), name(left), name(one.said))
    return table


def _rest(total: int, shown: int) -> Iterator[Block]:
    if total > shown:
        yield line(f"… and {total - shown} more: --json has them all", style="dim")
