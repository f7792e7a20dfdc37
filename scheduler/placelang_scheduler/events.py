"""`Event`: how far a solve has come, for whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """`done` of `total` things of one `stage`: `solving` and `improving` count components of the problem, `explaining`
    groups that are left out. Whoever calls `solve` may have stages of their own. Within a stage `done` never falls."""

    stage: str
    done: int
    total: int


Progress = Callable[[Event], None]
"""Told what happens, as it happens; it must not raise."""
