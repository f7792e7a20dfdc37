"""A probe that follows knows of a device as soon as udev does."""

from __future__ import annotations

import ctypes.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.console import ROOT, ROOTS

RECORDED = Path(__file__).with_name("devices") / "camera.umockdev"


@pytest.mark.skipif(ctypes.util.find_library("umockdev") is None, reason="umockdev is not installed")
def test_what_is_plugged_in_or_pulled_out_is_known_at_its_event() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.probe.plugging", str(RECORDED)],
        env=os.environ | {"PYTHONPATH": ROOTS, "LD_PRELOAD": "libumockdev-preload.so.0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = json.loads(ended.stdout)
    assert found["before"] == []
    assert found["plugged"] == ["camera-video0", "camera-video1"]
    assert found["pulled"] == ["camera-video1"]
