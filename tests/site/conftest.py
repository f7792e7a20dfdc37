from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import console
from tests.site.voters import Voters, require_store, running_voters

__all__ = ["console"]


@pytest.fixture(scope="session")
def voters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voters]:
    require_store()
    with running_voters(tmp_path_factory.mktemp("voters")) as made:
        yield made
