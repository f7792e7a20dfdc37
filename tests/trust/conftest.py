from __future__ import annotations

import pytest

from placelang_runtime.plan import Plan
from tests.trust.parts import plan_in


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A plan of the sites gbg and oslo."""
    return plan_in(tmp_path_factory.mktemp("plan"))
