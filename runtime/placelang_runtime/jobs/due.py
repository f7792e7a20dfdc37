"""Which runs of jobs shall go on, or begin, on a host right now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from placelang_runtime import part as document
from placelang_runtime.apply.target import find_target
from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.hours import asleep
from placelang_runtime.jobs.asked import asked_slots
from placelang_runtime.jobs.room import Claim, claim_of, has_room
from placelang_runtime.jobs.slots import Slot, slots
from placelang_runtime.journal import Attempt, Journal

LATE: Final = timedelta(minutes=2)
"""What begins no later than this after its time counts as on time."""
PAUSE: Final = timedelta(seconds=10)
"""Until a run that failed is tried again; twice as long each time, an hour at most."""
_MOST_DOUBLINGS: Final = 8
_MINUTE: Final = timedelta(minutes=1)
_INSTANT: Final = timedelta(microseconds=1)

Tried = Mapping[tuple[str, str, str], Sequence[Attempt]]
"""The attempts at each run, oldest first."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that shall be going on now. `number` counts its attempts from 1; `going` is the one that has begun, None
    for one that is to begin. `until` is when it has to be over, as far as is known now."""

    slot: Slot
    spec: ReplicaSpec
    number: int
    going: Attempt | None
    until: datetime


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked: of which host, at which moment, and what is known there."""

    part: document.SitePart
    host: str
    now: datetime
    tried: Tried
    services: tuple[ReplicaSpec, ...]
    lacking: frozenset[str]
    jobs: tuple[document.Job, ...]
    beyond: tuple[Slot, ...]

    def slots(self, since: datetime, until: datetime) -> Iterator[Slot]:
        yield from (slot for job in self.jobs for slot in slots(job, self.host, since, until))
        yield from (slot for slot in self.beyond if slot.closes > since and slot.start < until)


def due(part: document.SitePart, host: str, journal: Journal, now: datetime) -> tuple[Run, ...]:
    """The runs that shall go on or begin on `host` at `now`, those that go on first, then the most important ones.

    Nothing is changed and no clock is read: of the same journal at the same moment it is always the same. A run begins
    once its time has come, its round is open and has time left for it, those jobs and services that it is after are
    over or there, and - where it takes more than the plan gave it, as it is late, tried again, or in no plan - the host
    has room. One that takes longer than planned goes on while there is room, and until its round closes. On a host that
    is drained nothing is due, nor of a job that was removed by hand. Raises PlanError.
    """
    if host in journal.drained():
        return ()
    asked = _ask(part, host, journal, now)
    found: list[Run] = []
    claims: list[Claim] = []
    table = asked.slots(now - LATE, now + _INSTANT)
    for slot in sorted(table, key=lambda slot: (_going(slot, asked) is None, slot.rank)):
        run = _run(slot, asked, claims)
        if run is not None:
            found.append(run)
            claims.append(claim_of(slot, part, min(slot.start, now), max(run.until, now + _MINUTE)))
    return tuple(found)


def _ask(part: document.SitePart, host: str, journal: Journal, now: datetime) -> _Asked:
    tried: dict[tuple[str, str, str], list[Attempt]] = {}
    for attempt in journal.attempts(host):
        tried.setdefault((attempt.job, attempt.round, attempt.version), []).append(attempt)
    held = {group for at, group in journal.holds() if at == host}
    jobs = tuple(job for job in part.jobs if job.name not in held)
    beyond = tuple(slot for slot in asked_slots(part, host, journal) if slot.job.name not in held)
    services = tuple(find_target(part, journal, [host]).wanted[host].values())
    healthy = journal.healthy(host)
    ill = {spec.service for spec in services if healthy.get(spec.name) != spec.mark}
    return _Asked(part, host, now, tried, services, frozenset(ill - asleep(part, now)), jobs, beyond)


def _run(slot: Slot, asked: _Asked, claims: Sequence[Claim]) -> Run | None:
    going, tried = _going(slot, asked), asked.tried.get(slot.key, ())
    lasting, now = timedelta(minutes=slot.job.minutes), asked.now
    number = sum(1 for one in tried if one.spec)
    if going is not None:
        began = datetime.fromtimestamp(going.began / 1000, UTC)
        until = max(slot.end, began + lasting)
        fits = now < until or (now < slot.closes and _room(slot, asked, now, now + _MINUTE, claims))
        return Run(slot, slot.spec(asked.part), number, going, until) if fits else None
    if not slot.start <= now < slot.closes or is_over(slot, tried):
        return None
    until = now + lasting
    if until > slot.closes and now >= slot.start + LATE:
        return None
    if _pauses(tried, now) or _waits(slot, asked):
        return None
    beyond = max(now, slot.end) if slot.planned else now
    if beyond < until - LATE and not _room(slot, asked, beyond, until - LATE, claims):
        return None
    return Run(slot, slot.spec(asked.part), number + 1, None, until)


def _going(slot: Slot, asked: _Asked) -> Attempt | None:
    return next((one for one in asked.tried.get(slot.key, ()) if one.ended is None), None)


def is_over(slot: Slot, tried: Iterable[Attempt]) -> bool:
    """Whether a run went well, or was tried as often as it may be."""
    ended = [one for one in tried if one.ended is not None and one.spec]
    return any(one.error is None for one in ended) or len(ended) > slot.job.retries


def _pauses(tried: Sequence[Attempt], now: datetime) -> bool:
    """Whether it failed just now; a clock that was set back lets nobody wait."""
    if not tried or tried[-1].ended is None:
        return False
    ended = datetime.fromtimestamp(tried[-1].ended / 1000, UTC)
    pause = PAUSE * (1 << min(len(tried) - 1, _MOST_DOUBLINGS))
    return ended <= now < ended + pause


def _waits(slot: Slot, asked: _Asked) -> bool:
    """Whether something that the job is after is not there, or its run not over."""
    jobs = {job.name: job for job in asked.part.jobs}
    for name in slot.job.after:
        if name in asked.lacking:
            return True
        others = slots(jobs[name], None, asked.now, slot.closes) if name in jobs else ()
        last = max(others, key=lambda other: (other.closes, other.start), default=None)
        if last is None:
            continue
        here = last.run.host == asked.host
        if not (is_over(last, asked.tried.get(last.key, ())) if here else last.end <= asked.now):
            return True
    return False


def _room(slot: Slot, asked: _Asked, since: datetime, until: datetime, claims: Iterable[Claim]) -> bool:
    """Whether there is room beside services, runs that go on or begin now, and those that come before it."""
    ahead = (
        claim_of(other, asked.part, other.start, other.end)
        for other in asked.slots(since, until)
        if other.key != slot.key
        and other.rank < slot.rank
        and other.start > asked.now
        and not is_over(other, asked.tried.get(other.key, ()))
    )
    claim = claim_of(slot, asked.part, since, until)
    return has_room(asked.part, asked.host, claim, asked.services, (*claims, *ahead))
