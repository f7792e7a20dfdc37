"""The page of the scheduler: its programs run, and each example that it shows makes a problem that is sound."""

from __future__ import annotations

import re
from typing import Any

import pytest

import placelang_scheduler
from placelang_scheduler import CONSTRAINTS, OBJECTIVES, Group, Host, Problem, Workload, solve
from tests.docs.generated import ROOT
from tests.docs.scheduler_page import EXAMPLES

PAGE = (ROOT / "docs/scheduler.md").read_text(encoding="utf-8")
HOSTS = tuple(Host(f"h{n}", {"memory": 8}, {"host": f"h{n}", "zone": "ab"[n % 2]}) for n in range(4))
WORKLOADS = tuple(Workload(f"w{n}", n, {"memory": 1}, (0, 1, 2, 3), 2, 2) for n in range(2))


def test_its_first_program_runs() -> None:
    first = re.findall(r"^```python\n(from .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert first
    for program in first:
        exec(program, {})  # noqa: S102 - a page of ours


def test_every_constraint_and_objective_has_an_example() -> None:
    assert list(EXAMPLES) == [kind.__name__ for kind in (*CONSTRAINTS, *OBJECTIVES)]


@pytest.mark.parametrize("kind", [*CONSTRAINTS, *OBJECTIVES], ids=lambda kind: kind.__name__)
def test_each_example_is_one_of_its_kind_and_makes_a_sound_problem(kind: type) -> None:
    made: Any = eval(EXAMPLES[kind.__name__][1], dict(vars(placelang_scheduler)))  # noqa: S307 - a page of ours
    constraints = (made,) if kind in CONSTRAINTS else ()
    objectives = () if constraints else (made,)
    problem = Problem(HOSTS, (Group("g0"), Group("g1")), WORKLOADS, constraints, objectives)
    assert isinstance(made, kind)
    assert solve(problem).outcome
