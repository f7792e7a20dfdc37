"""Constraints that no fleet can satisfy, whatever its hosts are."""

from __future__ import annotations

from placelang.check.faults import Faults
from placelang.codes import Code
from placelang.program import AtLeast, Constraint, Replicas


def check_possible(constraints: tuple[Constraint, ...], replicas: Replicas, faults: Faults) -> None:
    """Refuses `at least 3 different zone` of two replicas; where a policy asks for it, at the replicas."""
    for constraint in constraints:
        if isinstance(constraint, AtLeast) and constraint.weight is None and constraint.count > replicas.high:
            few = "one replica" if replicas.high == 1 else f"{replicas.high} replicas"
            own = constraint.policy is None
            faults.error(
                Code.IMPOSSIBLE,
                constraint.span if own else replicas.span,
                f"{few} cannot stand in {constraint.count} different places",
                labels=[
                    (replicas.span, f"at most {few}") if own else (constraint.span, "as this policy asks")
                ],
                hint=f"write `replicas {constraint.count}`" + (", or lower this number" if own else ""),
            )
