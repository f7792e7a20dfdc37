"""`power`: power of the hosts that hold at least one replica: as little as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Power:
    """Power of the hosts that hold at least one replica: as little as possible."""

    keyword: ClassVar[str] = "power"
