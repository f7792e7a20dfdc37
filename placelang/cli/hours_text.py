"""The hours that services keep, as people say them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from placelang.cli.prose import Block, line, name

if TYPE_CHECKING:
    from placelang_runtime.operations import Hours
    from placelang_runtime.part import SitePart

_MOST = 20
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS = {_DAYS: "daily", _DAYS[:5]: "weekdays", _DAYS[5:]: "weekends"}
_DAY = 1440


def hours_text(parts: Iterable[SitePart]) -> Iterator[Block]:
    """Each service that keeps hours, once."""
    found = {
        service.name: say_hours(service.active)
        for part in parts
        for group in part.groups
        for service in group.services
        if service.active is not None
    }
    if found:
        yield line()
        yield line("Hours, by the clock of each site", style="bold")
    for service, hours in sorted(found.items())[:_MOST]:
        yield line(f"{name(service)}: {hours}", indent=2)
    if len(found) > _MOST:
        yield line(f"… and {len(found) - _MOST} more: --output FILE has them all", indent=2, style="dim")


def say_hours(hours: Hours) -> str:
    """`weekdays from 08:00 to 22:00`."""
    rule = dict(part.split("=") for part in hours.rule.split(";"))
    days = tuple(rule["BYDAY"].split(","))
    opens = 60 * int(rule["BYHOUR"]) + int(rule["BYMINUTE"])
    closes = opens + hours.minutes
    named = _GROUPS.get(days) or ", ".join(_NAMES[_DAYS.index(day)] for day in days)
    return f"{named} from {_clock(opens)} to {_clock(closes if closes <= _DAY else closes - _DAY)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
