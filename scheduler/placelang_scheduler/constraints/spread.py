"""`spread`: no value of a key holds more than `skew` replicas above the least used one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Spread:
    """No value of `key` holds more than `skew` replicas of `workload` above the least used of `values`.

    `values` None stands for the values that the workload's candidates have. A caller who knows of values whose hosts
    are candidates but full need not list them: a full candidate counts.
    Soft: one violation per replica above, and per replica on a host without a value.
    """

    keyword: ClassVar[str] = "spread"

    id: str
    workload: int
    key: str
    skew: int = 1
    values: tuple[str, ...] | None = None
    weight: int | None = None
