"""The documented examples run and print what their comments promise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_example_places_what_fits_and_says_why_the_rest_does_not() -> None:
    printed = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "schedule.py")],
        env={"PYTHONPATH": str(ROOT / "scheduler"), "PYTHONWARNINGS": "error"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()
    assert "trainer: 1 on vision" in printed
    assert "night-job is left out (proved):" in printed
    assert "  crowded out by loss-prevention" in printed
    assert "  it would fit with one more host like vision" in printed
    assert "placed 100: 0" in printed


def test_a_cluster_finds_the_same_plan(tmp_path: Path) -> None:
    printed = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "cluster.py")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scheduler")},
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()
    assert printed[0] == "540 of 540 services placed by 2 workers"
    assert printed[-1] == "the same as here"
