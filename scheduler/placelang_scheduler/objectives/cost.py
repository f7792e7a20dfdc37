"""`cost`: cost of the hosts that hold at least one replica: as little as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of the hosts that hold at least one replica: as little as possible."""

    keyword: ClassVar[str] = "cost"
