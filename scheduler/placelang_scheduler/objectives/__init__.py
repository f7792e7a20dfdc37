"""What a plan should be best at: one module each, all listed in `CATALOGUE`; `Problem.objectives` orders them."""

from placelang_scheduler.objectives.balance import Balance
from placelang_scheduler.objectives.cost import Cost
from placelang_scheduler.objectives.latency import Latency
from placelang_scheduler.objectives.moves import Moves
from placelang_scheduler.objectives.pack import Pack
from placelang_scheduler.objectives.placed import Placed
from placelang_scheduler.objectives.power import Power
from placelang_scheduler.objectives.preferences import Preferences
from placelang_scheduler.objectives.toll import Hinge, Toll
from placelang_scheduler.objectives.vacate import Vacate

CATALOGUE = (Placed, Preferences, Moves, Balance, Pack, Cost, Power, Vacate, Latency, Toll)

Objective = Placed | Preferences | Moves | Balance | Pack | Cost | Power | Vacate | Latency | Toll

__all__ = [
    "CATALOGUE",
    "Balance",
    "Cost",
    "Hinge",
    "Latency",
    "Moves",
    "Objective",
    "Pack",
    "Placed",
    "Power",
    "Preferences",
    "Toll",
    "Vacate",
]
