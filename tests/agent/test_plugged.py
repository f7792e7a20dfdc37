"""A camera that is pulled out of a host: its agent says so, and what needs it is planned elsewhere."""

from __future__ import annotations

import ctypes.util
from pathlib import Path

import pytest

from tests.agent.plugged import HERE, THERE, watched
from tests.agent.test_doors import free_port


@pytest.mark.skipif(ctypes.util.find_library("umockdev") is None, reason="umockdev is not installed")
def test_what_needs_a_device_is_planned_elsewhere_once_that_is_pulled_out(tmp_path: Path) -> None:
    with watched(tmp_path, free_port()) as fleet:
        fleet.act("pull")
        moves, _ = fleet.until_moved()
        assert moves == [("shop.counter@gbg/1", HERE, THERE)]
        fleet.sign(2)
        fleet.until_holds(2)
