"""Which services keep to their beds: those that are `active` in hours, when these are closed.

Enter a site's part and a moment; leave names. Nothing here knows what time it is: whoever asks says so. Where nobody
can read the clock of a service's hours, it is up at all times.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from placelang_runtime.operations import Hours
from placelang_runtime.part import SitePart
from placelang_runtime.recurrence import Opening, Recurring, openings, read_zone

_INSTANT = timedelta(microseconds=1)


def asleep(part: SitePart, now: datetime) -> frozenset[str]:
    """The services of the part that shall not run now, as their hours are closed."""
    return frozenset(
        service.name
        for group in part.groups
        for service in group.services
        if service.active is not None and not is_open(service.active, now)
    )


def is_open(hours: Hours, now: datetime) -> bool:
    """Whether it is within hours."""
    return any(True for _ in open_times(hours, now, now + _INSTANT))


def open_times(hours: Hours | None, since: datetime, until: datetime) -> Iterator[Opening]:
    """When hours are open between two moments; where there are none, or nobody can read them, that is always."""
    clock = readable(hours)
    if clock is None:
        yield Opening(since, until)
    else:
        yield from openings(clock, since, until)


def readable(hours: Hours | None) -> Recurring | None:
    """Hours with their clock, None where there are none, or nobody can read them here."""
    zone = read_zone(hours.zone) if hours is not None and hours.zone is not None else None
    return Recurring(hours.rule, zone, hours.minutes) if hours is not None and zone is not None else None
