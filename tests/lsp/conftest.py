from __future__ import annotations

import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def retail(tmp_path: Path) -> Path:
    """A copy of the retail example whose settings name its inventory."""
    folder = shutil.copytree(EXAMPLES / "retail", tmp_path / "retail")
    (folder / "placelang.toml").write_text('inventory = "inventory.yaml"\n')
    return folder
