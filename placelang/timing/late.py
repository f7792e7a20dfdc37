"""Why rounds have no run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from placelang.arrange.funnels import step_text
from placelang.diagnostics import Span as SourceSpan
from placelang.lower import Lowered
from placelang.lower.steps import missing_facts
from placelang.timing.dues import Due, Posed
from placelang.timing.free import Free
from placelang.timing.load import zone_of
from placelang.timing.posing import Asked
from placelang_scheduler.timetable import Timing
from placelang_scheduler.timetable.lists import Table

_SAMPLE = 3
_HOUR = 60


@dataclass(frozen=True, slots=True)
class Why:
    """Why a round has no run, at which clause; `proved` that none can have one beside those that have."""

    text: str
    span: SourceSpan
    proved: bool = True


def explain(
    lowered: Lowered, asked: Asked, timing: Timing, free: Free, standing: Mapping[str, Sequence[int]]
) -> dict[int, Why]:
    """The reason of each run that has no slot."""
    late = [number for number, slot in enumerate(timing.slots) if slot is None]
    empty = Table(asked.table)
    sure = {level.name: level.proved for level in timing.levels}
    found = {}
    for number in late:
        due, run = asked.dues[number], asked.table.runs[number]
        posed = asked.posed[due.job]
        clause = posed.job.rounds.span or posed.job.span
        waiting = next((other for other in run.after if timing.slots[other] is None), None)
        if not run.modes:
            found[number] = _impossible(lowered, asked, due, free, standing)
        elif waiting is not None:
            other = asked.posed[asked.dues[waiting].job].job.name
            found[number] = Why(f"it waits for a run of {other}, which is left out", _after(posed, other))
        elif not empty.fits(number):
            found[number] = _never(asked, number, clause)
        else:
            proved = all(sure[name] for name in _before(sure, run.priority))
            text = "other runs take the room" if proved else "no room was found beside other runs"
            found[number] = Why(text, clause, proved)
    return found


def _before(levels: Mapping[str, bool], priority: int) -> list[str]:
    """The level of a priority, and those before it."""
    names = list(levels)
    return names[: names.index(f"runs {priority}") + 1]


def _after(posed: Posed, name: str) -> SourceSpan:
    return next((span for other, span in posed.job.after if other == name), posed.job.span)


def _impossible(
    lowered: Lowered, asked: Asked, due: Due, free: Free, standing: Mapping[str, Sequence[int]]
) -> Why:
    """Why there is no way at all."""
    posed = asked.posed[due.job]
    job, clause = posed.job, posed.job.rounds.span or posed.job.span
    for name, span in job.after:
        if name in standing and not standing[name]:
            return Why(f"it waits for {name}, which is not placed", span)
    sites = {due.site} if due.site >= 0 else set(posed.sites)
    hosts = [h for h in asked.hosts[due.job] if int(lowered.world.hosts.parents[h]) in sites]
    if not hosts:
        return Why(_unsuited(lowered, posed, sites), job.span)
    if due.round is None:
        unread = [site for site in sorted(sites) if zone_of(lowered, site) is None]
        text = (
            f"nobody knows the clock of {lowered.world.sites.names[unread[0]]}: its timezone"
            if unread
            else ""
        )
        return Why(text or "its hours do not open in the time that is planned", clause)
    if job.transfers and all(free.uplink(site) is None for site in sites):
        return Why(
            "nobody knows what the uplink carries: uplink.bandwidth of the site", job.transfers[0].span
        )
    if job.transfers and all(free.limited(site) and zone_of(lowered, site) is None for site in sites):
        return Why(
            "a policy limits the uplink by the day, and the timezone is not known", job.transfers[0].span
        )
    most = max((high - low for spans in due.spans.values() for low, high in spans), default=0)
    if most < job.minutes:
        return Why(f"its hours leave {_say(most)} in this round, and it takes {_say(job.minutes)}", clause)
    return Why("no host has the GPUs and devices that it needs", job.span)


def _never(asked: Asked, number: int, clause: SourceSpan) -> Why:
    """Why there is no room even if it were alone."""
    run, posed = asked.table.runs[number], asked.posed[asked.dues[number].job]
    budgets = asked.table.budgets
    if all(any(budgets[b].amount < n for b, n in mode.books.items()) for mode in run.modes):
        return Why("it moves more than the uplink may carry in a day", posed.job.transfers[0].span)
    lasting = _say(posed.job.minutes)
    return Why(f"no host has what it needs free for {lasting} while its hours are open", clause)


def _unsuited(lowered: Lowered, posed: Posed, sites: set[int]) -> str:
    """What keeps the hosts of some sites from being candidates."""
    world, steps = lowered.world, posed.steps.steps
    hosts = [h for h in range(len(world.hosts)) if int(world.hosts.parents[h]) in sites]
    found = []
    for host in hosts[:_SAMPLE]:
        name = world.hosts.names[host]
        false = next((step for step in steps if step.truth.false[host]), None)
        unknown = next((step for step in steps if step.truth.unknown[host]), None)
        if false is not None:
            found.append(f"{name}: not `{step_text(lowered, false)}`")
        elif unknown is not None:
            facts = ", ".join(str(fact) for fact in missing_facts(unknown, world, host))
            found.append(f"{name}: unknown is {facts}")
        else:
            found.append(f"{name} does not stand to other services as it has to")
    more = [f"{len(hosts) - _SAMPLE} more"] if len(hosts) > _SAMPLE else []
    return f"no host suits: {'; '.join((*found, *more))}" if found else "there is no host"


def _say(minutes: int) -> str:
    hours, rest = divmod(minutes, _HOUR)
    return " ".join(text for text, n in ((f"{hours}h", hours), (f"{rest}min", rest)) if n) or "no time"
