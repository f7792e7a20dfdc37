"""The timetable of a plan as people read it: which job runs where and when, in UTC and by the clock of its site, and
which rounds are left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from placelang.cli.left_out_text import MOST_NAMES
from placelang.cli.prose import Block, line, name
from placelang.cli.terminal import count, listed

if TYPE_CHECKING:
    from placelang_runtime.part import SitePart
    from placelang_runtime.timetable import Late, Timetable

_MOST = 40
_LATE = 20


def timetable_text(
    timetable: Timetable | None, parts: Sequence[SitePart], site: str | None
) -> Iterator[Block]:
    """Runs by site and time; all of them where only one site is asked for."""
    if timetable is None:
        return
    rows = [
        (part.site, run.start, run.end, run.clock or "?", job.name, run.host)
        for part in parts
        for start, job, run in sorted(
            ((run.start, job, run) for job in part.jobs for run in job.runs),
            key=lambda one: (one[0], one[1].name),
        )
    ]
    yield line()
    over = f" from {timetable.since} until {timetable.until}" if timetable.since else ""
    yield line(f"Jobs{over}: {count(len(rows), 'run')}", style="bold")
    shown = rows if site is not None else rows[:_MOST]
    if shown:
        yield _table(shown)
    if len(rows) > len(shown):
        yield line(
            f"… and {count(len(rows) - len(shown), 'more run')}: see --site NAME, --output FILE", style="dim"
        )
    yield from _late([one for one in timetable.late if site is None or any(r.site == site for r in one.runs)])


def _table(rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("site", "start (UTC)", "end", "site's clock", "job", "host"):
        table.add_column(column, no_wrap=True)
    before = ""
    for site, start, end, clock, job, host in rows:
        day = "" if start[:10] == end[:10] else f"{end[8:10]}. "
        times = f"{start[:10]} {start[11:16]}", f"{day}{end[11:16]}"
        shown = name(site) if site != before else Text()
        table.add_row(shown, *times, clock[11:] if clock != "?" else "?", name(job), name(host))
        before = site
    return table


def _late(late: Sequence[Late]) -> Iterator[Block]:
    """Rounds without a run."""
    if not late:
        return
    yield line()
    yield line(f"Runs left out: {sum(len(one.runs) for one in late)}", style="bold")
    for one in late[:_LATE]:
        sites = sorted({run.site for run in one.runs if run.site is not None})
        where = f" at {listed(sites, MOST_NAMES)}" if sites else ""
        times = f", {len(one.runs)} times" if len(one.runs) > max(1, len(sites)) else ""
        proof = "" if one.proved else " (not proved: raise --budget)"
        yield line(f"{name(one.job)}{where}{times}: {one.reason}{proof}", indent=2)
        yield line(f"{one.clause.text}  {one.clause.at}", indent=4, style="dim")
    if len(late) > _LATE:
        yield line(f"… and {len(late) - _LATE} more: --output FILE has them all", indent=2, style="dim")
