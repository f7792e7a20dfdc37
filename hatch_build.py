"""What building does besides copying files: it writes the grammar's table, also into an editable checkout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TableHook(BuildHookInterface[Any]):
    """Makes `placelang.table` of `placelang.lark`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, str(Path(self.root, "grammar")))
        from placelang_grammar.table import write  # noqa: PLC0415 - importable only since the line above

        write()
