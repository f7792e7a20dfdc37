"""The small wheel, installed where there is nothing else than what it asks for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "runtime"
MOST_DEPENDENCIES = 8
NEVER = {"ortools", "lark", "numpy", "pandas", "onnxruntime", "placelang"}


def project(folder: Path) -> dict[str, object]:
    read: dict[str, object] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    return read


def requirements(folder: Path) -> list[str]:
    listed = project(folder)["dependencies"]
    assert isinstance(listed, list)
    return listed


def needed(names: list[str], seen: set[str]) -> Iterator[str]:
    """The distributions that these need, with all that those need."""
    for text in names:
        wanted = Requirement(text)
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name in seen or (wanted.marker is not None and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        yield name
        yield from needed(distribution(name).requires or [], seen)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has the wheel, and of all that is installed here only what it needs."""
    work = tmp_path_factory.mktemp("agent")
    shutil.copytree(RUNTIME, work / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(work / "dist"))
    subprocess.run(build, cwd=work / "runtime", check=True, capture_output=True, timeout=120)
    venv.create(work / "env")
    [packages] = (work / "env" / "lib").glob("python*/site-packages")
    for name in needed(requirements(RUNTIME), set()):
        for top in {
            path.parts[0]
            for path in distribution(name).files or ()
            if path.parts[0] not in {"..", "__pycache__"}
        }:
            (packages / top).symlink_to(str(distribution(name).locate_file(top)))
    [wheel] = (work / "dist").iterdir()
    pip = (sys.executable, "-m", "pip", "--python", str(work / "env" / "bin" / "python"))
    install = (*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    for command in (install, (*pip, "check")):
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return work / "env" / "bin"


def run(environment: Path, *arguments: str, code: int = 0) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = (str(environment / "placelang-agent"), *arguments)
    ended = subprocess.run(command, env=clean, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == code, ended.stderr
    return ended.stdout


def test_it_asks_for_little_and_for_nothing_else_than_the_whole_does() -> None:
    listed = requirements(RUNTIME)
    assert len(listed) <= MOST_DEPENDENCIES
    assert set(listed) <= set(requirements(ROOT))
    assert not {Requirement(text).name for text in listed} & NEVER
    assert project(RUNTIME)["version"] == project(ROOT)["version"]


def extra(name: str) -> set[str]:
    """The modules that come with an extra alone."""
    listed: Any = project(RUNTIME)["optional-dependencies"]
    return {Requirement(text).name.replace("-", "_") for text in listed[name]}


def test_every_module_of_it_can_be_imported(environment: Path) -> None:
    program = (
        "import pkgutil, importlib, placelang_runtime as p, sys\n"
        f"extra = {sorted(extra('serve'))}\n"
        "for m in pkgutil.walk_packages(p.__path__, 'placelang_runtime.'):\n"
        "    try:\n"
        "        m.name.endswith('__main__') or importlib.import_module(m.name)\n"
        "    except ModuleNotFoundError as error:\n"
        "        needs = m.name.startswith(('placelang_runtime.serve.', 'placelang_runtime.drift.'))\n"
        "        if not needs or error.name not in extra:\n"
        "            raise\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    ended = subprocess.run(
        (str(environment / "python"), "-P", "-I", "-c", program),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert not set(ended.stdout.split()) & NEVER


def test_it_has_the_commands_of_a_host(environment: Path) -> None:
    assert "install" in run(environment, "--help")


def test_it_probes_the_host(environment: Path) -> None:
    assert json.loads(run(environment, "probe", "--host", "gbg-1"))["host"] == "gbg-1"


def test_it_installs_its_unit(environment: Path, tmp_path: Path) -> None:
    config = tmp_path / "host.toml"
    config.write_text('host = "gbg-1"\nstate = "state"\nsecrets = "secrets"\n', encoding="utf-8")
    run(environment, "install", "--config", str(config), "--into", str(tmp_path))
    unit = (tmp_path / "placelang-agent.service").read_text(encoding="utf-8")
    assert f'run --config "{config}"' in unit
    assert str(environment / "python") in unit
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    watchdog = (tmp_path / "placelang-watchdog.service").read_text(encoding="utf-8")
    printed = run(environment, "install", "--config", str(config), "--print")
    assert printed == f"# placelang-agent.service\n{unit}\n# placelang-watchdog.service\n{watchdog}"
