"""The documented example runs and prints what its comment promises."""

from __future__ import annotations

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
