"""What a test expects of a job is said of its runs in the plan's timetable, and of the rounds that have none."""

from __future__ import annotations

from collections.abc import Iterator

from placelang.planning import Worked
from placelang.testing.reasons import with_clause
from placelang_runtime.part import JobRun
from placelang_runtime.timetable import Late


def is_job(worked: Worked, name: str) -> bool:
    """Whether that is a job of the program, not a service."""
    return any(job.name == name for app in worked.lowered.program.apps for job in app.jobs)


def runs_of(worked: Worked, job: str, site: str | None) -> list[JobRun]:
    """Its runs at a site, of all sites for None."""
    parts = [part for part in worked.plan.parts if site in (None, part.site)]
    return [run for part in parts for one in part.jobs if one.name == job for run in one.runs]


def late_of(worked: Worked, job: str, site: str | None) -> list[Late]:
    """Its rounds at a site that have no run, and those that are of no one site, by reason."""
    found = worked.plan.header.timetable
    return [
        late
        for late in (found.late if found else ())
        if late.job == job and (site is None or any(run.site in (None, site) for run in late.runs))
    ]


def reasons_late(worked: Worked, job: str, site: str | None) -> list[str]:
    """Why rounds have no run."""
    found = []
    for late in late_of(worked, job, site):
        if not late.proved:
            found.append("the budget ended before this was proved: raise --budget")
        found.append(with_clause(late.reason, late.clause))
    return found


def shown(worked: Worked, job: str, site: str | None) -> Iterator[str]:
    """Its runs, a line each."""
    for run in runs_of(worked, job, site):
        yield f"{run.host}: from {run.clock or run.start}, for the round that opens {run.opens}"
