"""`pack`: hosts that hold at least one replica: as few as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Pack:
    """Hosts that hold at least one replica: as few as possible."""

    keyword: ClassVar[str] = "pack"
