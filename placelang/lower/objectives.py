"""The program's objectives as the problem's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from placelang.program import Objective, Program
from placelang_scheduler import objectives as posed

_BY_NAME: Mapping[str, Callable[[Objective], posed.Objective]] = {
    "placed": lambda _: posed.Placed(),
    "preferences": lambda _: posed.Preferences(),
    "moves": lambda _: posed.Moves(),
    "balance": lambda objective: posed.Balance(objective.resource or ""),
    "pack": lambda _: posed.Pack(),
    "cost": lambda _: posed.Cost(),
    "power": lambda _: posed.Power(),
    "latency": lambda _: posed.Latency(),
}


def lower_objectives(program: Program, *, emptied: bool) -> tuple[posed.Objective, ...]:
    """The levels in the program's order; where hosts are to be `emptied`, that comes next after what is placed."""
    found = [_BY_NAME[objective.name](objective) for objective in program.objectives]
    if emptied:
        placed = next((at for at, one in enumerate(found) if isinstance(one, posed.Placed)), -1)
        found.insert(placed + 1, posed.Vacate())
    return tuple(found)
