"""Runs of jobs on a host, carried on by what is to be done right now: what ended is noted, what may not go on is
stopped, and what is due begins.

Nothing waits for a run to end: whoever calls comes again. Each attempt is a container of its own, noted in the journal
before it starts; so whoever is killed in between finds it there, and starts it, or hears what became of it. A run that
comes to no container - its image cannot be had - is tried again later and later, and that does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from placelang_runtime.apply.asking import Ask, Do, Doing
from placelang_runtime.apply.fetching import fetch_image
from placelang_runtime.apply.loop import Failure, Loop
from placelang_runtime.apply.scene import Scene
from placelang_runtime.apply.work import Task, Work
from placelang_runtime.drivers import Copy, Driver, DriverError
from placelang_runtime.jobs.due import Run, due
from placelang_runtime.journal import Attempt
from placelang_runtime.journal.records import Outcome


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a run: it `began`, ended `well`, `failed` (and is tried again if it may be), or could not begin
    for now: `blocked`. `why` is for the last two."""

    job: str
    round: str
    what: Literal["began", "well", "failed", "blocked"]
    why: str = ""


@dataclass(slots=True)
class _Desk:
    """What runs are carried on with: the time, containers by spec, what is due by the name of its replica, and what is
    told in the end."""

    now: datetime
    copies: Mapping[str, Copy]
    attempts: Mapping[str, Attempt]
    runs: Mapping[str, Run]
    told: list[Told]

    @property
    def clock(self) -> int:
        return int(self.now.timestamp() * 1000)

    def do(self, scene: Scene, task: Task) -> Doing:
        return _end(self, scene, task) if task.kind == "end" else _begin(self, scene, task)


def advance(scene: Scene, host: str, now: datetime) -> tuple[Told, ...]:
    """Carry on the runs of jobs on one host of the scene, which is a run of the journal only where there is anything to
    do. Returns at once but for images that are fetched, and what takes its time to stop; what became of runs is told in
    order. Raises PlanError, DriverError, JournalError, and KeyboardInterrupt once what was begun has ended."""
    going = [one for one in scene.journal.attempts(host) if one.ended is None]
    running = due(scene.part, host, scene.journal, now)
    if not (going or running):
        return ()
    copies = {copy.labels.spec: copy for copy in scene.drivers[host].copies()}
    may = {run.going.id for run in running if run.going is not None}
    ends = [one for one in going if one.id not in may or _settled(copies.get(one.spec))]
    desk = _Desk(
        now,
        copies,
        attempts={one.spec: one for one in ends},
        runs={run.spec.name: run for run in running},
        told=[],
    )
    tasks = (*_ends(host, ends), *_begins(host, running, copies))
    if not tasks:
        return ()
    return _carry_out(scene, desk, Work(tasks, {task.key: frozenset() for task in tasks}))


def _carry_out(scene: Scene, desk: _Desk, work: Work) -> tuple[Told, ...]:
    journal = scene.journal
    run = journal.begin_run("jobs", scene.accepted.id)
    loop = Loop(scene, run, work, do=desk.do)
    try:
        loop.carry_out(lambda _failures: work)
    except KeyboardInterrupt:
        journal.end_run(run, "interrupted", "interrupted")
        raise
    for failure in loop.failed.values():
        _note_failure(scene, desk, failure)
    outcome: Outcome = "interrupted" if loop.unreachable else "partial" if loop.failed else "done"
    journal.end_run(run, outcome, next((one.why for one in desk.told if one.why), ""))
    for host, why in loop.unreachable.items():
        raise DriverError("unreachable", f"{host}: {why}")
    return tuple(desk.told)


def _settled(copy: Copy | None) -> bool:
    """Whether there is nothing left to wait for: a container that ended, or is gone."""
    return copy is None or copy.state == "exited"


def _ends(host: str, ends: list[Attempt]) -> Iterator[Task]:
    for one in ends:
        yield Task("end", host, f"{one.job}/{one.round}", one.job, one.job, keep=(one.spec,))


def _begins(host: str, runs: tuple[Run, ...], copies: Mapping[str, Copy]) -> Iterator[Task]:
    """What is to begin, and what began and was never started."""
    for run in runs:
        copy = None if run.going is None else copies.get(run.going.spec)
        if run.going is None or (copy is not None and copy.state == "created"):
            yield Task("run", host, run.spec.name, run.slot.job.name, run.slot.job.name, spec=run.spec)


def _end(desk: _Desk, scene: Scene, task: Task) -> Doing:
    """Note how a run ended, once it has. Its container stays for its logs."""
    attempt = desk.attempts[task.keep[0]]
    copy, driver = desk.copies.get(attempt.spec), scene.drivers[task.host]
    if copy is None:
        error: str | None = "its container is gone"
    elif copy.state == "exited":
        error = None if copy.exit_code == 0 else f"it ended with exit code {copy.exit_code}"
    else:
        yield Do(task.host, "stop", copy.labels.replica, partial(driver.stop, copy.id))
        error = "it was not over in time"
    scene.journal.end_attempt(attempt.id, desk.clock, error)
    desk.told.append(
        Told(
            attempt.job, attempt.round, "well" if error is None else "failed", "" if error is None else error
        )
    )


def _begin(desk: _Desk, scene: Scene, task: Task) -> Doing:
    """Have the image and a new container, take away those of earlier runs of the job, note that it begins, start it."""
    run, driver = desk.runs[task.of], scene.drivers[task.host]
    container = run.spec.own
    if run.going is None:
        for image in run.spec.images:
            yield from fetch_image(scene, task.host, image)
        yield from _clear(desk, scene, driver, run)
    given = yield Ask(task.host, lambda: scene.provider.given(container, scene.accepted.digest))
    scene.journal.note_specs(run.spec.digests, run.spec.model_dump_json())
    id_ = yield Do(task.host, "create", task.of, lambda: driver.create(container, given))
    if run.going is None:
        job, round_, version = run.slot.key
        scene.journal.begin_attempt(task.host, job, round_, version, container.digest, desk.clock)
    yield Do(task.host, "start", task.of, lambda: driver.start(id_))
    if run.going is None:
        desk.told.append(Told(run.slot.job.name, run.slot.run.round, "began"))


def _clear(desk: _Desk, scene: Scene, driver: Driver, run: Run) -> Doing:
    """Remove containers of the job that are over."""
    going = {one.going.spec for one in desk.runs.values() if one.going is not None}
    for spec, copy in sorted(desk.copies.items()):
        if copy.labels.service == run.slot.job.name and spec not in going:
            with suppress(DriverError):  # one that is gone already, or that the engine will not let go yet
                yield Do(driver.host, "remove", copy.labels.replica, partial(driver.remove, copy.id))
                labels = copy.labels
                yield Ask(driver.host, partial(scene.provider.release, labels))


def _note_failure(scene: Scene, desk: _Desk, failure: Failure) -> None:
    """What the engine would not do: an attempt that failed or, where there is no container yet, came to nothing."""
    run, journal, host = desk.runs.get(failure.task.of), scene.journal, failure.task.host
    if run is None or failure.task.kind == "end":
        return
    job, round_, version = run.slot.key
    begun = next(
        (one for one in journal.attempts(host) if one.ended is None and one.spec in run.spec.digests), None
    )
    number = (
        begun.id if begun is not None else journal.begin_attempt(host, job, round_, version, "", desk.clock)
    )
    journal.end_attempt(number, desk.clock, failure.why)
    desk.told.append(Told(job, round_, "blocked" if begun is None else "failed", failure.why))
