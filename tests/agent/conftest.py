from __future__ import annotations

from pathlib import Path

import pytest

from tests.agent.hosts import Host
from tests.cli.console import Console


@pytest.fixture
def console(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.chdir(tmp_path)
    return Console(tmp_path, capsys, monkeypatch)


@pytest.fixture
def host(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("placelang_runtime.health.SETTLED", 0.0)
    monkeypatch.setattr("placelang_runtime.agent.loop.PAUSES", (0.05,))
    return Host(Console(tmp_path, capsys, monkeypatch), monkeypatch)
