from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import console
from tests.engines import require_engines
from tests.site.machines import Site, is_planned, new_names, running_site, until
from tests.site.voters import Voters, require_store, running_voters

__all__ = ["console"]


@pytest.fixture(scope="session")
def voters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voters]:
    require_store()
    with running_voters(tmp_path_factory.mktemp("voters")) as made:
        yield made


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Three hosts, the first of which runs what there is."""
    require_engines()
    require_store()
    with running_site(tmp_path_factory.mktemp("site"), new_names(3)) as made:
        until(lambda: is_planned(made))
        yield made
