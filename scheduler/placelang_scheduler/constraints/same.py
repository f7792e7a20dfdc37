"""`same`: every replica shares the value of a key with a replica of a partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Same:
    """Every replica of `workloads` shares its value of `key` with some replica of `partners`.

    Soft: one violation per replica without partner.
    """

    keyword: ClassVar[str] = "same"

    id: str
    workloads: tuple[int, ...]
    partners: tuple[int, ...]
    key: str
    weight: int | None = None
