"""Runs of jobs on a host: which ones are `due`, a pure function of the part, the journal and the time, and how they
`advance` on the host's engine, one look at a time.

What is planned keeps the time that the plan gave it. Beyond its timetable a site goes on by itself: each job comes
round as its hours say, on the host and at the time within its round that it had last. What is late, tried again, or not
planned begins only where the host has room for it beside all that is awake and planned.
"""

from placelang_runtime.jobs.advance import advance
from placelang_runtime.jobs.due import Run, due

__all__ = ["Run", "advance", "due"]
