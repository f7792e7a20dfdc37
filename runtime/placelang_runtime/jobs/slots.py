"""When runs of a job have their place on a host: as the plan says, and beyond it as the job comes round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from placelang_runtime import part as document
from placelang_runtime.canonical import digest
from placelang_runtime.containers import ReplicaSpec, run_of
from placelang_runtime.hours import readable
from placelang_runtime.rounds import rounds

_FORM = "%Y-%m-%dT%H:%MZ"
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a run has its place: from `start` until just before `end`, in a round that `closes` then. `run` is the one
    of the plan that it is, or that it is like where it is not `planned`."""

    job: document.Job
    run: document.JobRun
    closes: datetime
    start: datetime
    end: datetime
    planned: bool

    @property
    def version(self) -> str:
        """What a job that runs once for each version runs once for; empty for any other."""
        if not self.job.once:
            return ""
        said = [
            self.run.image,
            *self.job.command,
            *(f"{name}={value}" for name, value in self.run.env.items()),
        ]
        return digest("\n".join(map(repr, said)))

    @property
    def key(self) -> tuple[str, str, str]:
        """What attempts at it are known by: job, round and version."""
        return self.job.name, self.run.round, self.version

    @property
    def rank(self) -> tuple[object, ...]:
        """Who comes first for what a host has left."""
        return not self.planned, -self.job.priority, self.start, self.job.name, self.run.round

    def spec(self, part: document.SitePart) -> ReplicaSpec:
        return run_of(part, self.job, self.run)


def slots(job: document.Job, host: str | None, since: datetime, until: datetime) -> Iterator[Slot]:
    """Those on the host, on any for None, that begin before `until` in a round that is not over at `since`."""
    for run in _told_apart(job.runs):
        slot = _planned(job, run)
        if host in {None, run.host} and slot.closes > since and slot.start < until:
            yield slot
    like = max(job.runs, key=lambda run: (run.opens, run.start), default=None)
    if like is not None and host in {None, like.host} and not job.in_all:
        yield from (slot for slot in _beyond(job, like, since, until) if slot.start < until)


def _told_apart(runs: tuple[document.JobRun, ...]) -> Iterator[document.JobRun]:
    """Several runs of one round on one host are numbered."""
    seen: Counter[tuple[str, str]] = Counter()
    for run in runs:
        seen[run.host, run.round] += 1
        number = seen[run.host, run.round]
        yield run if number == 1 else run.model_copy(update={"round": f"{run.round} {number}"})


def _planned(job: document.Job, run: document.JobRun) -> Slot:
    """A job that runs once, at whatever time, is not late as long as it has not run."""
    closes = _NEVER if job.once and job.hours is None else _read(run.closes)
    return Slot(job, run, closes, _read(run.start), _read(run.end), planned=True)


def _beyond(job: document.Job, like: document.JobRun, since: datetime, until: datetime) -> Iterator[Slot]:
    """Runs of rounds that the plan does not reach."""
    hours, lasting = readable(job.hours), timedelta(minutes=job.minutes)
    if hours is None and (job.hours is not None or job.each_minutes is None):
        return
    offset, last = _read(like.start) - _read(like.opens), _read(like.opens)
    for one in rounds(hours, job.each_minutes, max(since, last), until):
        start = max(one.opens, min(one.opens + offset, one.closes - lasting))
        if one.opens > last and start + lasting <= one.closes:
            run = like if job.once else like.model_copy(update={"round": one.name})
            yield Slot(job, run, one.closes, start, start + lasting, planned=False)


def _read(moment: str) -> datetime:
    return datetime.strptime(moment, _FORM).replace(tzinfo=UTC)
