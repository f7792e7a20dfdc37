"""What only a process of its own can show: which modules are imported, and that no hash decides an order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "pydantic", "ortools", "networkx", "yaml", "rich", "typer")

CHECK = """
import sys
from placelang.check import check
from placelang.load import load
modules, faults = load([sys.argv[1]])
print(check(modules), faults)
print([name for name in sys.argv[2:] if name in sys.modules])
"""


def run(file: Path, *names: str, seed: str = "0") -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(file), *names],
        check=True, capture_output=True, text=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_checking_imports_nothing_heavy() -> None:
    assert run(ROOT / "examples/retail/retail.place", *HEAVY, "re2")[-1] == "[]"


def test_the_engine_of_patterns_is_imported_where_there_is_one(tmp_path: Path) -> None:
    file = tmp_path / "case.place"
    file.write_text("let host.x = name ~ '^edge'\n", encoding="utf-8")
    assert run(file, *HEAVY, "re2")[-1] == "['re2']"


@pytest.mark.parametrize("name", ["examples/retail/retail.place", "faulty"])
def test_the_result_does_not_depend_on_hashes(name: str, tmp_path: Path) -> None:
    file = ROOT / name
    if name == "faulty":
        file = tmp_path / "case.place"
        file.write_text(
            'let a = b\nlet b = a\napp x { service s { image "i"\n hosts where mem >= 5 and lat\n needs foo 1, bar 2\n'
            " env A = 1, A = 2\n same zome as t\n allow capability FOO } }\noptimize plced",
            encoding="utf-8",
        )
    outputs = {tuple(run(file, seed=seed)) for seed in ("0", "1", "4242")}
    assert len(outputs) == 1
