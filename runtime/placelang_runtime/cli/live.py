"""Something that is looked at again and again: in place on a terminal, one after the other elsewhere, until Ctrl-C."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Final, TypeVar

from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import emit, write

T = TypeVar("T")
BARS: Final = "▁▂▃▄▅▆▇█"
LONGEST: Final = 24
_APART: Final = "\x1b[?1049h\x1b[?25l"
_BACK: Final = "\x1b[?25h\x1b[?1049l"
_AGAIN: Final = "\x1b[H\x1b[J"


class Trends:
    """The last values of what is shown, by key."""

    def __init__(self) -> None:
        self._values: dict[object, deque[float | None]] = {}

    def add(self, key: object, value: float | None) -> str:
        """One more value; all that are left of it, as bars from the least to the largest."""
        values = self._values.setdefault(key, deque(maxlen=LONGEST))
        values.append(value)
        return sparkline(values)


def sparkline(values: deque[float | None] | list[float | None]) -> str:
    """A bar for each value, a blank where it is not known; nothing before there are two."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - one value is no course
        return ""
    least, span = min(known), max(known) - min(known)
    steps = len(BARS) - 1
    return "".join(
        " " if value is None else BARS[round((value - least) / span * steps) if span else 0]
        for value in values
    )


def show_live(
    look: Callable[[], T], show: Callable[[T], str], every: float, *, once: bool, in_place: bool = True
) -> Exit:
    """Look and show, each so many seconds, until Ctrl-C; or once. Only on a terminal it is shown `in_place`."""
    if once:
        emit(show(look()))
        return Exit.DONE
    in_place = in_place and sys.stdout.isatty()
    if in_place:
        write(sys.stdout, _APART)
    try:
        while True:
            shown = show(look())
            write(sys.stdout, _AGAIN + shown if in_place else shown)
            time.sleep(every)
    except KeyboardInterrupt:
        return Exit.DONE
    finally:
        if in_place:
            write(sys.stdout, _BACK)
