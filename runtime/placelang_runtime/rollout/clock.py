"""What time it is: for calendars, and for how long something lasts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Moment:
    """`wall` is what calendars go by, which may jump. `elapsed` are ms since the machine started, which never do; of
    another `boot` they say nothing."""

    wall: datetime
    boot: str
    elapsed: int


def moment() -> Moment:
    """Right now."""
    elapsed = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    return Moment(datetime.now(UTC), _BOOT.read_text(encoding="ascii").strip(), elapsed)
