"""`power`: power of the hosts that hold at least one replica: as little as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from placelang_scheduler.objectives.used import Used

if TYPE_CHECKING:
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Scope


@dataclass(frozen=True, slots=True)
class Power:
    """Power of the hosts that hold at least one replica: as little as possible."""

    keyword: Literal["power"] = "power"

    def goals(self, scope: Scope) -> tuple[Goal, ...]:
        price = {host: scope.problem.hosts[host].power for host in scope.hosts}
        return (Used(self.keyword, scope.problem, scope.workloads, price),)
