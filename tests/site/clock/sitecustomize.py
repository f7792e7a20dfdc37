"""A time of day of one's own: as many seconds from the machine's as the file says that CLOCK names, read each time.

Python runs this first in a process that finds it, so that the clock of one host alone jumps. Linux has no time of day
for less than the whole machine.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

_FILE = Path(os.environ.get("CLOCK", os.devnull))
_NOW, _NOW_NS = time.time, time.time_ns
_Datetime = dt.datetime


def _ahead() -> float:
    try:
        return float(_FILE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0


class _Like(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _Datetime)


class _Jumping(_Datetime, metaclass=_Like):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        return _Datetime.now(tz) + dt.timedelta(seconds=_ahead())


time.time = lambda: _NOW() + _ahead()
time.time_ns = lambda: _NOW_NS() + round(_ahead() * 1e9)
dt.datetime = _Jumping  # type: ignore[misc]
