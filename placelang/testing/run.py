"""Running tests: the plan of the given inventory, made from the one that runs, against what is expected of it.

Enters a `Suite`, as `placelang.testing.suite` reads it. Leaves a `Result` for each test; the same suite gives the same
results. Moves are counted from the plan of the inventory as it is, worked out once for all tests that name it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from placelang.expectations import TestSpec
from placelang.inventory import Inventory
from placelang.planning import BUDGET, Worked, work_out
from placelang.program import Program
from placelang.testing.judge import judge
from placelang.testing.result import Result
from placelang_runtime.plan import Plan


@dataclass(frozen=True, slots=True)
class Case:
    """A test with its inventory, as it is and as the test gives it, and the plan that runs, if it names one."""

    test: TestSpec
    inventory: Inventory
    given: Inventory
    running: Plan | None


@dataclass(frozen=True, slots=True, eq=False)
class Suite:
    """The tests of the root files of one fleet, and all that planning takes."""

    program: Program
    policies: tuple[str, ...]
    cases: tuple[Case, ...]
    budget: float = BUDGET
    _plans: dict[str, Worked] = field(default_factory=dict, repr=False)

    def before(self, inventory: Inventory) -> Worked:
        """The plan of an inventory as it is; worked out when it is first asked for."""
        path = inventory.source.path
        if path not in self._plans:
            self._plans[path] = self.plan(inventory, None)
        return self._plans[path]

    def plan(self, inventory: Inventory, current: Plan | None) -> Worked:
        """The plan of an inventory where `current` runs."""
        return work_out(self.program, inventory, policies=self.policies, current=current, budget=self.budget)


def run_test(suite: Suite, case: Case) -> Result:
    """What comes of one test. Raises `InputError` where its inventory does not fit the program."""
    if not case.test.given and case.running is None:
        worked = suite.before(case.inventory)
    else:
        current = case.running or suite.before(case.inventory).plan
        worked = suite.plan(case.given, current)
    judged = (judge(expect, worked) for expect in case.test.expect)
    return Result(case.test, tuple(failure for failure in judged if failure is not None))
