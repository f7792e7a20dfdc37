from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.engines import engine, other_engine, shared_engine, shared_other_engine

if TYPE_CHECKING:
    import pytest

__all__ = ["engine", "other_engine", "shared_engine", "shared_other_engine"]  # fixtures of all tests

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored

collect_ignore_glob = ["*.place"]  # placement files here are for tests to read, not tests themselves


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the outputs of golden cases anew")
