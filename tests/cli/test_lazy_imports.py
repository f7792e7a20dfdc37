"""What a command does not need is not imported: looked at from inside a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.console import EXAMPLES, process

HEAVY = {"numpy", "pydantic", "ortools", "networkx", "onnx", "onnxruntime", "docker", "pandas"}
LISTING = """
import atexit, sys
atexit.register(lambda: print("imported:", *sorted(name for name in sys.modules if "." not in name)))
from placelang.cli import main
main()
"""


def imported(*arguments: str, cwd: Path) -> set[str]:
    """The top-level modules that a command has imported when it ends."""
    ended = process(*arguments, cwd=cwd, program=("-c", LISTING))
    assert ended.code == 0, ended.err
    return set(ended.out.rpartition("imported:")[2].split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("plan", "--help"),
        ("model", "inspect", "--help"),
        ("check", "retail.place"),
        ("check", "--json", "retail.place"),
        ("fmt", "--check", "retail.place", "fleet.place"),
        ("config", "show"),
    ],
    ids=" ".join,
)
def test_light_commands_load_nothing_heavy(arguments: tuple[str, ...]) -> None:
    loaded = imported(*arguments, cwd=EXAMPLES / "retail")
    assert "typer" in loaded
    assert not loaded & HEAVY
    assert not loaded & {"rich", "lark", "yaml"}


def test_checking_with_an_inventory_loads_no_solver() -> None:
    loaded = imported("check", "retail.place", "--inventory", "inventory.yaml", cwd=EXAMPLES / "retail")
    assert "numpy" in loaded
    assert not loaded & {"ortools", "networkx", "rich"}


def test_importing_the_package_loads_nothing_heavy(tmp_path: Path) -> None:
    ended = process(cwd=tmp_path, program=("-c", "import placelang, sys; print(*sys.modules)"))
    loaded = {name.partition(".")[0] for name in ended.out.split()}
    assert "placelang" in loaded
    assert not loaded & (HEAVY | {"lark", "yaml", "typer", "rich"})
