"""Whether a site may change right now, and when it may again, as policies say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from placelang_runtime.operations import ChangeWindow
from placelang_runtime.recurrence import Recurring, openings, read_zone

FAR: Final = timedelta(days=400)
"""A window that does not open in so long is not waited for until a moment that one could name."""


@dataclass(frozen=True, slots=True)
class Shut:
    """A window that is closed: `opens` is None where nobody knows when it opens, or that is too far away."""

    window: ChangeWindow
    opens: datetime | None


def find_shut(windows: Iterable[ChangeWindow], now: datetime) -> tuple[Shut, ...]:
    """The windows that are closed."""
    return tuple(shut for window in windows if (shut := _shut(window, now)) is not None)


def last_to_open(shut: Iterable[Shut], host: str, service: str) -> Shut | None:
    """Of the windows that are closed and bind a service on a host, the one that opens last; None where all are open."""
    bound = (one for one in shut if binds(one.window, host, service))
    return max(bound, key=lambda one: (one.opens is None, one.opens and one.opens.timestamp()), default=None)


def binds(window: ChangeWindow, host: str, service: str) -> bool:
    """Whether a window is about a service on a host."""
    return (window.hosts is None or host in window.hosts) and (
        window.services is None or service in window.services
    )


def _shut(window: ChangeWindow, now: datetime) -> Shut | None:
    zone = None if window.zone is None else read_zone(window.zone)
    if zone is None:
        return Shut(window, None)
    closed = None
    if window.closed is not None:
        closed = (date.fromisoformat(window.closed.first), date.fromisoformat(window.closed.last))
    found = next(openings(Recurring(window.rule, zone, window.minutes), now, now + FAR, closed), None)
    if found is None:
        return Shut(window, None)
    return None if found.opens <= now else Shut(window, found.opens)
