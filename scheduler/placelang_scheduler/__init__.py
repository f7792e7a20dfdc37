"""A scheduler for unlike hosts: what it accepts is a `Problem`, what it returns a `Solution`, checked.

    solution = solve(problem)
    assert verify(problem, solution) == ()

It knows nothing of any language: a problem can be made by hand in Python. The solver is loaded only when a problem
needs it.
"""

from placelang_scheduler.changes import Change, Remedy, Repair, altered
from placelang_scheduler.constraints import CATALOGUE as CONSTRAINTS
from placelang_scheduler.constraints import (
    AtLeast,
    AtMost,
    Best,
    Constraint,
    Different,
    Hosts,
    Keep,
    Link,
    LinkEvery,
    Overlap,
    Reserve,
    Same,
    Spread,
    Stock,
    Survive,
    UnfitKindError,
    Uplinks,
    kinds,
)
from placelang_scheduler.events import Event, Progress
from placelang_scheduler.lacking import lacking
from placelang_scheduler.memory import Memory
from placelang_scheduler.objectives import CATALOGUE as OBJECTIVES
from placelang_scheduler.objectives import (
    Balance,
    Cost,
    Hinge,
    Latency,
    Moves,
    Objective,
    Pack,
    Placed,
    Power,
    Preferences,
    Toll,
    Vacate,
)
from placelang_scheduler.outright import Component, outright
from placelang_scheduler.placement import EXEMPT, Contingency, Violation
from placelang_scheduler.pool.online import Session, session
from placelang_scheduler.problem import (
    LIMIT,
    DeviceClass,
    DeviceDemand,
    Group,
    Host,
    Problem,
    Variants,
    Workload,
)
from placelang_scheduler.reasons import Kind
from placelang_scheduler.repairs import repairs
from placelang_scheduler.solution import (
    Core,
    Instance,
    LeftOut,
    Level,
    Outcome,
    Pair,
    Proof,
    Reason,
    Solution,
)
from placelang_scheduler.solve import UnsoundError, solve
from placelang_scheduler.validate import InvalidProblem, validate
from placelang_scheduler.verify import verify
from placelang_scheduler.why import core

__all__ = [
    "CONSTRAINTS",
    "EXEMPT",
    "LIMIT",
    "OBJECTIVES",
    "AtLeast",
    "AtMost",
    "Balance",
    "Best",
    "Change",
    "Component",
    "Constraint",
    "Contingency",
    "Core",
    "Cost",
    "DeviceClass",
    "DeviceDemand",
    "Different",
    "Event",
    "Group",
    "Hinge",
    "Host",
    "Hosts",
    "Instance",
    "InvalidProblem",
    "Keep",
    "Kind",
    "Latency",
    "LeftOut",
    "Level",
    "Link",
    "LinkEvery",
    "Memory",
    "Moves",
    "Objective",
    "Outcome",
    "Overlap",
    "Pack",
    "Pair",
    "Placed",
    "Power",
    "Preferences",
    "Problem",
    "Progress",
    "Proof",
    "Reason",
    "Remedy",
    "Repair",
    "Reserve",
    "Same",
    "Session",
    "Solution",
    "Spread",
    "Stock",
    "Survive",
    "Toll",
    "UnfitKindError",
    "UnsoundError",
    "Uplinks",
    "Vacate",
    "Variants",
    "Violation",
    "Workload",
    "altered",
    "core",
    "kinds",
    "lacking",
    "outright",
    "repairs",
    "session",
    "solve",
    "validate",
    "verify",
]
