"""The unit of systemd: read as it is meant, and shut as far as systemd can."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from placelang_runtime.host_config import HostConfig
from placelang_runtime.unit import NAME, WATCHDOG, unit_text, watchdog_text
from tests.engines import give_up

EXPOSURE = 4.5
"""Of 10, as `systemd-analyze security` counts; one that is root and has a network cannot be at 0."""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    config = HostConfig(tmp_path / "host.toml", "gbg-1", state=tmp_path)
    (tmp_path / NAME).write_text(unit_text(config, Path(sys.executable)), encoding="utf-8")
    return tmp_path / NAME


@pytest.fixture
def watchdog(tmp_path: Path) -> Path:
    config = HostConfig(tmp_path / "host.toml", "gbg-1", memory=tmp_path / "secrets")
    (tmp_path / WATCHDOG).write_text(watchdog_text(config, Path(sys.executable)), encoding="utf-8")
    return tmp_path / WATCHDOG


def analyze(*arguments: str) -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        give_up("needs systemd-analyze")
    ended = subprocess.run(
        (program, *arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"LC_ALL": "C"},
    )
    return ended.stdout + ended.stderr


def test_systemd_finds_nothing_wrong_with_it(unit: Path) -> None:
    assert [line for line in analyze("verify", "--man=no", str(unit)).splitlines() if NAME in line] == []


def test_systemd_finds_nothing_wrong_with_the_watchdog(watchdog: Path) -> None:
    assert [
        line for line in analyze("verify", "--man=no", str(watchdog)).splitlines() if WATCHDOG in line
    ] == []
    assert f'placelang_runtime.watchdog "gbg-1" "{watchdog.parent}/lease"' in watchdog.read_text("utf-8")


def test_it_is_the_agent_that_runs_for_as_long_as_the_host_does(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    assert (
        f'ExecStart="{sys.executable}" -P -m placelang_runtime run --config "{unit.parent}/host.toml"'
        in lines
    )
    assert {"Type=exec", "Restart=always", "KillMode=process"} <= {*lines}


def test_systemd_finds_it_well_shut(unit: Path) -> None:
    told = analyze("security", "--offline=true", str(unit))
    [level] = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert float(level) <= EXPOSURE


def said(text: str, name: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{name}=")]


def test_the_agent_can_end_a_check_of_whatever_user_and_see_it() -> None:
    text = unit_text(HostConfig(Path("/h.toml"), "gbg-1", state=Path("/s")), Path("/usr/bin/python3"))
    assert said(text, "CapabilityBoundingSet") == ["CAP_DAC_READ_SEARCH CAP_KILL"]
    assert said(text, "ProtectProc") == []
    assert said(text, "SystemCallFilter") == ["@system-service", "~@privileged @resources"]


def test_without_an_engine_the_agent_can_start_processes_as_other_users(unit: Path) -> None:
    config = HostConfig(unit.parent / "host.toml", "gbg-1", state=unit.parent, driver="process")
    text = unit_text(config, Path(sys.executable))
    [capabilities] = said(text, "CapabilityBoundingSet")
    assert {"CAP_KILL", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"} <= set(capabilities.split())
    assert said(text, "SystemCallFilter") == ["@system-service"]
    unit.write_text(text, encoding="utf-8")
    assert [line for line in analyze("verify", "--man=no", str(unit)).splitlines() if NAME in line] == []


def test_no_path_says_anything_else_than_itself() -> None:
    config = HostConfig(Path('/a b/%h/$HOME/"x.toml'), "gbg-1", state=Path("/s"))
    assert '--config "/a b/%%h/$$HOME/\\"x.toml"' in unit_text(config, Path("/usr/bin/python3"))
