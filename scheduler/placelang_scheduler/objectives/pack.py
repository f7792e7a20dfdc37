"""`pack`: hosts that hold at least one replica: as few as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from placelang_scheduler.objectives.used import Used

if TYPE_CHECKING:
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Scope


@dataclass(frozen=True, slots=True)
class Pack:
    """Hosts that hold at least one replica: as few as possible."""

    keyword: Literal["pack"] = "pack"

    def goals(self, scope: Scope) -> tuple[Goal, ...]:
        price = dict.fromkeys(scope.hosts, 1)
        return (Used(self.keyword, scope.problem, scope.workloads, price),)
