"""`preferences`: weighted violations of soft constraints: as few as possible, higher priority first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Preferences:
    """Weighted violations of soft constraints: as few as possible, higher priority first."""

    keyword: ClassVar[str] = "preferences"
