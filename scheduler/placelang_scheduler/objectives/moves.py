"""`moves`: what it costs to take replicas away from where they run, those of left-out groups included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Moves:
    """What it costs to take replicas away from where they run, those of left-out groups included."""

    keyword: ClassVar[str] = "moves"
