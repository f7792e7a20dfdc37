"""Windows: recurring hours by the clock of a site."""

from __future__ import annotations

from collections.abc import Sequence

from placelang import syntax
from placelang.check.clauses import report_twice
from placelang.check.faults import quoted
from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.policies import Window

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS = {"day": _WEEK, "daily": _WEEK, "weekdays": _WEEK[:5], "weekends": _WEEK[5:]}
_DAY = 1440


def check_window(node: syntax.Window, scope: Scope) -> Window | None:
    """The window that opens on the days that are named, on all where none is."""
    days = days_of(node.days, scope)
    opens, closes = node.opens.minutes, node.closes.minutes
    if opens == _DAY:
        message = "a window opens at 23:59 at the latest"
        scope.faults.error(Code.OUT_OF_RANGE, node.opens.span, message, hint="write `00:00` of the next day")
        return None
    if opens == closes:
        scope.faults.error(
            Code.OUT_OF_RANGE,
            Span(node.span.path, node.opens.span.start, node.closes.span.end),
            "this window closes when it opens",
            hint="write `between 00:00 and 24:00` for whole days",
        )
        return None
    return Window(days, opens, closes - opens if closes > opens else closes - opens + _DAY)


def days_of(names: Sequence[syntax.Name], scope: Scope) -> tuple[str, ...]:
    """The days that are named, in the order of a week; all where none is."""
    first: dict[str, Span] = {}
    for name in names:
        for day in _GROUPS.get(name.text, (name.text,)):
            before = first.setdefault(day, name.span)
            if before is not name.span:
                report_twice(name.span, f"{quoted(name.text)} names {day} a second time", before, scope)
                break
    return tuple(day[:2].upper() for day in _WEEK if not names or day in first)
