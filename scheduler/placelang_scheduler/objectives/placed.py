"""`placed`: admitted groups, then replicas: as many as possible, higher priority first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Placed:
    """Admitted groups, then replicas: as many as possible, higher priority first."""

    keyword: ClassVar[str] = "placed"
