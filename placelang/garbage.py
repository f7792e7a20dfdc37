"""How often Python looks for garbage among things that are none.

Trees, columns and plans are many small things that stay, in which nothing refers back: to look through them as often as
Python does by default takes a tenth of the time of a small `check`, and half of a large one's or of a large plan's.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (2_000_000, 20, 100)


@contextmanager
def seldom() -> Iterator[None]:
    """Look for garbage seldom meanwhile."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
