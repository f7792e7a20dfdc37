"""When a job comes round: each opening of its hours or, where it comes again within them, each stretch of so many
minutes from the opening on; without hours, each stretch from 1970 on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from placelang_runtime.recurrence import Recurring, openings

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Round(NamedTuple):
    """A run belongs between `opens` and `closes`. `name` is the clock's time at the opening, and which stretch of it
    this is: rounds of several sites with one name are one round."""

    name: str
    opens: datetime
    closes: datetime


def rounds(hours: Recurring | None, each: int | None, since: datetime, until: datetime) -> Iterator[Round]:
    """Every round that is not over at `since` and opens before `until`, earliest first. Without hours, `each` says how
    often."""
    if hours is None:
        yield from _stretches("", _first(each or 1, since), until, each, since)
        return
    for found in openings(hours, since, until):
        name = f"{found.opens.astimezone(hours.zone):%Y-%m-%dT%H:%M}"
        if each is None:
            yield Round(name, found.opens, found.closes)
        else:
            stretches = _stretches(f"{name}+", found.opens, found.closes, each, since)
            yield from (one for one in stretches if one.opens < until)


def _first(each: int, since: datetime) -> datetime:
    length = timedelta(minutes=each)
    return _BEGINNING + (since - _BEGINNING) // length * length


def _stretches(
    name: str, opens: datetime, closes: datetime, each: int | None, since: datetime
) -> Iterator[Round]:
    length = timedelta(minutes=each or 1)
    number = 0
    while opens < closes:
        number += 1
        ends = opens + length if not name else min(opens + length, closes)
        if ends > since:
            yield Round(f"{name}{number}" if name else f"{opens:%Y-%m-%dT%H:%M}Z", opens, ends)
        opens += length
