"""Runs in time: what begins and ends, on capacity that what runs all the time leaves free.

timing = timetable(Timetable(horizon, pools, runs, budgets))
assert clashes(asked, timing.slots) == ()
"""

from placelang_scheduler.timetable.check import Clash, clashes
from placelang_scheduler.timetable.problem import Budget, Mode, Pick, Pool, Run, Slot, Timetable, Timing
from placelang_scheduler.timetable.solve import InvalidTimetable, timetable

__all__ = [
    "Budget",
    "Clash",
    "InvalidTimetable",
    "Mode",
    "Pick",
    "Pool",
    "Run",
    "Slot",
    "Timetable",
    "Timing",
    "clashes",
    "timetable",
]
