"""Documents for tests: short ways to an inventory."""

from __future__ import annotations

import json
from typing import Any

from placelang.diagnostics import Diagnostic, Source
from placelang.inventory import Inventory, read_inventory


def read(document: Any) -> tuple[Inventory | None, tuple[Diagnostic, ...]]:
    """A document as JSON, its format added."""
    return read_inventory(Source("case.json", json.dumps({"format": "placelang/inventory/1"} | document)))


def inventory(document: Any) -> Inventory:
    """The inventory of a document without a fault."""
    found, faults = read(document)
    assert found is not None, faults
    assert not faults
    return found


def one_host(**facts: Any) -> Inventory:
    """A site `s` with a host `h` that has these facts."""
    return inventory({"sites": [{"name": "s", "hosts": [{"name": "h", **facts}]}]})
