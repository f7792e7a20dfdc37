from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import placelang
from placelang.codes import Code
from placelang_runtime.plan import Outcome
from placelang_scheduler import Problem
from placelang_scheduler.schema import json_schema

ROOT = Path(__file__).parents[2]
TINY = ROOT / "examples" / "tiny"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_list_of_names_is_what_can_be_imported() -> None:
    for name in placelang.__all__:
        found = getattr(placelang, name)
        assert found.__name__ == name
        assert found.__doc__
    with pytest.raises(AttributeError, match="no attribute 'zzz'"):
        _ = placelang.zzz  # type: ignore[attr-defined]


def test_the_list_of_names_is_what_type_checkers_see() -> None:
    tree = ast.parse(Path(placelang.__file__ or "").read_text(encoding="utf-8"))
    seen = {
        (node.module, name.asname)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert sorted(name or "" for _, name in seen) == placelang.__all__
    for home, name in seen:
        assert getattr(placelang, name or "") is getattr(import_module(home or ""), name or "")


def test_importing_placelang_loads_nothing_heavy() -> None:
    done = run(
        "import sys, placelang\n"
        "heavy = {'numpy', 'pydantic', 'ortools', 'networkx', 'lark', 'yaml', 'typer', 'rich'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name", ["arrange", "check", "explain", "load", "lower", "parse", "render", "verify"]
)
def test_a_stage_stays_a_function_whoever_imports_its_module_first(name: str) -> None:
    code = f"import placelang.{name}, placelang\nfrom placelang import {name}\n"
    code += f"assert callable(placelang.{name}) and callable({name}), placelang.{name}"
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_a_file_is_planned_in_one_call() -> None:
    plan = placelang.plan_file(TINY / "tiny.place", TINY / "inventory.yaml")
    assert plan.header.outcome is Outcome.COMPLETE
    assert plan.header.at == "2026-03-02T05:45:00Z"


def test_all_faults_of_the_input_come_together(tmp_path: Path) -> None:
    place, facts, current = tmp_path / "a.place", tmp_path / "i.yaml", tmp_path / "plan.json"
    place.write_text("app a { service s { replcas 1 } }\n")
    facts.write_text("format: placelang/inventory/1\nsites: 7\n")
    current.write_text("{}")
    with pytest.raises(placelang.InputError) as caught:
        placelang.plan_file([place], facts, current=current, at="noon")
    codes = {d.code for d in caught.value.diagnostics}
    assert {Code.UNREADABLE, Code.OUT_OF_RANGE} < codes
    assert {d.span.path for d in caught.value.diagnostics if d.span} == {str(place), str(facts)}
    assert set(caught.value.sources) >= {str(place)}


def test_a_plan_that_runs_can_be_given_as_a_file(tmp_path: Path) -> None:
    first = placelang.plan_file(TINY / "tiny.place", TINY / "inventory.yaml")
    (tmp_path / "plan.json").write_text(placelang.to_json(first))
    again = placelang.plan_file(TINY / "tiny.place", TINY / "inventory.yaml", current=tmp_path / "plan.json")
    assert again.header.changes is not None
    assert (again.header.changes.keep, again.header.changes.list) == (2, ())


def test_the_example_of_embedding_runs() -> None:
    done = subprocess.run(
        [sys.executable, "examples/embed.py"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert "runs on" in done.stdout
    assert "left out: " in done.stdout
    assert "nowhere.yaml" in done.stdout


def test_documents_have_schemas() -> None:
    assert placelang.Plan.model_json_schema()["properties"]["format"]["const"] == "placelang/plan/1"
    assert set(json_schema()["properties"]) == set(Problem.__slots__)


@pytest.mark.parametrize("example", ["retail", "factory", "tiny"])
def test_two_processes_with_other_hash_seeds_write_the_same_bytes(example: str) -> None:
    code = (
        "import placelang\n"
        f"f = 'examples/{example}/'\n"
        f"plan = placelang.plan_file(f + '{example}.place', f + 'inventory.yaml', budget=5)\n"
        "print(placelang.to_json(plan), end='')"
    )
    plans = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert plans[0] == plans[1]
    assert len(plans[0]) > 1000
