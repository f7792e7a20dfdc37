"""The wheel, built as an installer builds it: from the sdist, which is built from a copy of this tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from placelang_grammar.table import digest

ROOT = Path(__file__).parents[2]
ROOTS = (
    "placelang",
    "grammar/placelang_grammar",
    "scheduler/placelang_scheduler",
    "runtime/placelang_runtime",
)
COPIED = ("placelang", "grammar", "scheduler", "runtime", "examples", "docs")
FILES = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", ".gitignore")


def build(folder: Path, target: str, into: Path) -> Path:
    """The one file that hatchling builds of the tree in `folder`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    [built] = into.iterdir()
    return built


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked."""
    work = tmp_path_factory.mktemp("packaging")
    tree = work / "tree"
    for name in COPIED:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.table"))
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)
    with tarfile.open(build(tree, "sdist", work / "sdist")) as archive:
        archive.extractall(work / "source", filter="data")
    [source] = (work / "source").iterdir()
    shutil.unpack_archive(build(source, "wheel", work / "wheel"), work / "unpacked", "zip")
    return work / "unpacked"


def test_every_source_file_is_in_it_and_nothing_else(wheel: Path) -> None:
    expected = {
        path.relative_to((ROOT / root).parent).as_posix()
        for root in ROOTS
        for path in (ROOT / root).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".table"
    }
    found = {
        path.relative_to(wheel).as_posix()
        for path in wheel.rglob("*")
        if path.is_file() and not path.relative_to(wheel).parts[0].endswith(".dist-info")
    }
    assert found == expected | {"placelang_grammar/placelang.table"}


def test_its_table_is_that_of_its_grammar(wheel: Path) -> None:
    grammar = (wheel / "placelang_grammar" / "placelang.lark").read_text(encoding="utf-8")
    table = (wheel / "placelang_grammar" / "placelang.table").read_text(encoding="utf-8")
    assert digest(grammar) in table


def test_it_carries_its_licence_its_command_its_plugin_and_its_types(wheel: Path) -> None:
    [info] = wheel.glob("*.dist-info")
    assert (info / "licenses" / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("Apache License")
    points = (info / "entry_points.txt").read_text(encoding="utf-8")
    assert "placelang = placelang.cli:main" in points
    assert "[pytest11]\nplacelang = placelang.pytest_plugin" in points
    for root in ROOTS:
        assert (wheel / Path(root).name / "py.typed").exists()


def test_it_works_from_where_it_was_unpacked(wheel: Path, tmp_path: Path) -> None:
    program = "import placelang, sys; from placelang.cli import main; print(placelang.__file__); main()"
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program, "check", str(ROOT / "examples" / "retail" / "retail.place")],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(str(wheel))
