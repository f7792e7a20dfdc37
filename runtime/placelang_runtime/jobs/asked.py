"""Runs of jobs that a rule asked for: once, now, beyond what the plan has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from placelang_runtime import part as document
from placelang_runtime.jobs.slots import Slot
from placelang_runtime.journal import Journal

OPEN: Final = timedelta(days=1)
"""How long one that was asked for may wait for room."""
MOST: Final = 100
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


def ask(part: document.SitePart, host: str, journal: Journal, name: str, now: datetime) -> str:
    """Have a job run on a host as soon as there is room; what is to be said of that."""
    job = next((job for job in part.jobs if job.name == name), None)
    like = None if job is None else _like(job, host)
    if like is None:
        return "cannot be run here: the plan has no run of it that this host could take"
    there = _read(journal, host)
    if any(one == name and at > now - OPEN for one, at in there) and not _tried(journal, host, name, there):
        return "is asked for already"
    asked = [*there, (name, now)][-MOST:]
    journal.keep(_name(host), json.dumps([(job, at.strftime(_FORM)) for job, at in asked]))
    return "is run"


def asked_slots(part: document.SitePart, host: str, journal: Journal) -> Iterator[Slot]:
    """Where the runs that were asked for have their places."""
    jobs = {job.name: job for job in part.jobs}
    for name, at in _read(journal, host):
        job = jobs.get(name)
        like = None if job is None else _like(job, host)
        if job is not None and like is not None:
            run = like.model_copy(update={"host": host, "round": _round(at)})
            yield Slot(job, run, at + OPEN, at, at + timedelta(minutes=job.minutes), planned=False)


def _like(job: document.Job, host: str) -> document.JobRun | None:
    """The run of the plan that it is like: the last one here, else one that holds nothing that only its host has."""
    fits = [run for run in job.runs if run.host == host or not (run.gpus or run.devices)]
    return max(fits, key=lambda run: (run.host == host, run.start), default=None)


def _tried(journal: Journal, host: str, name: str, there: list[tuple[str, datetime]]) -> bool:
    """Whether the last run that was asked for has begun."""
    last = max(at for one, at in there if one == name)
    return any(one.job == name and one.round == _round(last) for one in journal.attempts(host))


def _round(at: datetime) -> str:
    return f"asked {at.strftime(_FORM)}"


def _name(host: str) -> str:
    return f"asked jobs of {host}"


def _read(journal: Journal, host: str) -> list[tuple[str, datetime]]:
    try:
        return [
            (str(name), datetime.strptime(at, _FORM).replace(tzinfo=UTC))
            for name, at in json.loads(journal.kept(_name(host)) or "[]")
        ]
    except (ValueError, TypeError):
        return []
