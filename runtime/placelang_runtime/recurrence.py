"""When recurring hours open and close: rules of RFC 5545, read by the clock of an IANA time zone.

Enter a rule without time zone, the zone, and how many minutes by the clock each opening lasts; leave moments in UTC. A
time of the clock that is skipped stands for the next moment that there is, one that comes twice for the first of the
two. So 00:00 to 24:00 is the whole day, whether it has 23 hours or 25, and hours that the clock skips as a whole do not
open that day. What is past midnight belongs to the day on which it opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrulestr

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Recurring(NamedTuple):
    """Hours that open by `rule`, by the clock of `zone`, for so many `minutes` by the same clock."""

    rule: str
    zone: ZoneInfo
    minutes: int


class Opening(NamedTuple):
    """From `opens` on until just before `closes`, in UTC."""

    opens: datetime
    closes: datetime


@lru_cache(maxsize=1024)
def read_zone(name: str) -> ZoneInfo | None:
    """The time zone of that name, None if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def moment_of(clock: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which a clock in `zone` shows `clock` or, where it skips that, something later."""
    first = clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None, fold=0) == clock:
        return first
    before, after = clock.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def openings(
    hours: Recurring, since: datetime, until: datetime, closed: tuple[date, date] | None = None
) -> Iterator[Opening]:
    """Every opening that is not over at `since` and begins before `until`, earliest first. On the days from
    `closed[0]` to `closed[1]`, both included, none begins."""
    zone, lasting = hours.zone, timedelta(minutes=hours.minutes)
    first = _midnight(since.astimezone(zone).replace(tzinfo=None) - lasting - _DAY)
    last = until.astimezone(zone).replace(tzinfo=None) + _DAY
    for clock in rrulestr(hours.rule, dtstart=first).xafter(first, inc=True):
        if clock > last:
            return
        found = Opening(moment_of(clock, zone), moment_of(clock + lasting, zone))
        shut = closed is not None and closed[0] <= clock.date() <= closed[1]
        if found.opens < min(found.closes, until) and found.closes > since and not shut:
            yield found


def _midnight(clock: datetime) -> datetime:
    return clock.replace(hour=0, minute=0, second=0, microsecond=0)
