"""`different`: no replica shares the value of a key with a replica of a partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Different:
    """No replica of `workloads` shares its value of `key` with a replica of `partners`.

    Soft: one violation per replica (of `workloads`) with a partner.
    """

    keyword: ClassVar[str] = "different"

    id: str
    workloads: tuple[int, ...]
    partners: tuple[int, ...]
    key: str
    weight: int | None = None
