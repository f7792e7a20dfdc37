"""What every plan must hold, whatever its constraints: one module each, all listed in `RULES`.

A rule has no soft form. `post` adds it to a CP-SAT model of a part, by `Model.row` and `Model.pack`, so that
explanations can leave it out; `check` finds what a solution breaks, without a solver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from placelang_scheduler.rules import candidates, capacity, devices, replicas, requires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler.model import Model
    from placelang_scheduler.parts import Part
    from placelang_scheduler.placement import Violation
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.solution import Solution


class Rule(Protocol):
    """The shape of a rule's module."""

    KEYWORD: str

    def post(self, model: Model, part: Part) -> None: ...

    def check(self, problem: Problem, solution: Solution) -> Iterator[Violation]: ...


RULES: tuple[Rule, ...] = (candidates, replicas, capacity, devices, requires)
"""In the order in which they are posted: candidates makes the counts that the others speak of."""

STRUCTURE: tuple[Rule, ...] = (candidates, replicas, requires)
"""What it means to be placed: no explanation leaves these out."""
