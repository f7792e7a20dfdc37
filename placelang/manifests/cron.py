"""Times of cron, as far as the language has them: every so many hours, or at one time on some days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from placelang.importers.record import Record
from placelang.manifests.draft import Block

_NAMED: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
}
DAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_SHORT = {day[:3]: str(number) for number, day in enumerate(DAYS)}
ASSUMED: Final = "1h"
FIELDS: Final = 5
"""Minute, hour, day, month, day of the week."""

_HOURS_OF_DAY = 24
_DAY = _HOURS_OF_DAY * 60


def say(block: Block, record: Record, keys: Sequence[str], lasts: str) -> None:
    """What the schedule that stands there means; a window is as long as a run."""
    written = record.string(*keys)
    clauses = timetable(written, _minutes(lasts)) if written else None
    if clauses is None:
        block.note("schedule", f"schedule: {written}")
        block.remark("it runs once for each version here: say `every`")
    else:
        block.say("schedule", *clauses)


def assumed(schedule: str | None) -> str:
    """How long a run is taken to last of which nobody says it: an hour, or until the next one."""
    fields = _fields(schedule or "")
    often = _often(*fields[:2]) if len(fields) == FIELDS else None
    return often if often is not None and _minutes(often) < _minutes(ASSUMED) else ASSUMED


def _fields(schedule: str) -> list[str]:
    return _NAMED.get(schedule.strip(), schedule).split()


def timetable(schedule: str, minutes: int) -> tuple[str, ...] | None:
    """The clauses for a job whose runs take so many minutes; None where there are none."""
    fields = _fields(schedule)
    if len(fields) != FIELDS:
        return None
    minute, hour, day, month, weekday = fields
    if (day, month) != ("*", "*"):
        return None
    if weekday == "*":
        often = _often(minute, hour)
        if often is not None:
            return (f"every {often}",) if _minutes(often) >= minutes else None
    days = _days(weekday)
    if days is None or not (minute.isdigit() and hour.isdigit() and int(minute) < 60 and int(hour) < 24):  # noqa: PLR2004
        return None
    if minutes >= _DAY:
        return (f"every {days}",)
    start = int(hour) * 60 + int(minute)
    end = start + minutes
    end = end if end == _DAY else end % _DAY
    return f"every {days}", f"between {_clock(start)} and {_clock(end)}"


def _often(minute: str, hour: str) -> str | None:
    """Every so many minutes or hours, where these divide the day from midnight on."""
    steps = re.fullmatch(r"\*/(\d{1,2})", minute)
    if hour == "*" and steps and int(steps[1]) and 60 % int(steps[1]) == 0:
        return f"{int(steps[1])}min"
    if minute == "0" and hour == "*":
        return "1h"
    steps = re.fullmatch(r"\*/(\d{1,2})", hour)
    if minute == "0" and steps and int(steps[1]) and _HOURS_OF_DAY % int(steps[1]) == 0:
        return f"{int(steps[1])}h"
    return None


def _days(field: str) -> str | None:
    if field == "*":
        return "day"
    chosen: set[int] = set()
    for part in field.lower().split(","):
        numbers = [_SHORT.get(end, end) for end in part.split("-")]
        if not all(number.isdigit() and int(number) <= len(DAYS) for number in numbers) or len(numbers) > 2:  # noqa: PLR2004
            return None
        first, last = int(numbers[0]), int(numbers[-1])
        chosen |= {number % len(DAYS) for number in range(first, last + 1)}
    if not chosen:
        return None
    if chosen == {1, 2, 3, 4, 5}:
        return "weekdays"
    if chosen == {0, 6}:
        return "weekends"
    return "day" if len(chosen) == len(DAYS) else ", ".join(DAYS[number] for number in sorted(chosen))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(lasts: str) -> int:
    found = re.fullmatch(r"(\d+)(min|h|d|s|ms)", lasts)
    per = {"min": 1.0, "h": 60.0, "d": float(_DAY), "s": 1 / 60, "ms": 1 / 60_000}
    return max(round(int(found[1]) * per[found[2]]), 1) if found else 60
