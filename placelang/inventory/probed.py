"""What a probe has found out about a host, as an inventory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source
from placelang.facts import FACTS
from placelang.files import read_source
from placelang.inventory import Inventory, read_inventory
from placelang.inventory.document import FORMAT
from placelang.types import spell
from placelang_runtime.host_facts import HostFacts

SOURCE: Final = "probe"
UNASSIGNED: Final = "unassigned"
"""The site of a host of which nobody says where it stands."""


_BEGINNING: Final = 4_096
"""Within how many bytes a document of a probe says that it is one."""


def is_probed(path: Path) -> bool:
    """Whether a file is what a probe wrote; false for what cannot be read."""
    try:
        with path.open("rb") as file:
            return b"placelang/host-facts/" in file.read(_BEGINNING)
    except OSError:
        return False


def read_probed(path: Path) -> tuple[Inventory | None, tuple[Diagnostic, ...]]:
    """The host that a probe looked at; None, with what is wrong, if the document is damaged."""
    source, faults = read_source(path)
    if source is None:
        return None, faults
    try:
        found = HostFacts.model_validate_json(source.text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        message = f"this is not what a probe writes: {place}: {first['msg'].lower()}"
        return None, (Diagnostic(Code.INVENTORY_FORMAT, message, path=source.path),)
    return inventory_of(found, source.path)


def inventory_of(found: HostFacts, name: str) -> tuple[Inventory | None, tuple[Diagnostic, ...]]:
    """The inventory of the one host that a probe looked at."""
    return read_inventory(Source(f"{name}.json", json.dumps(as_document(found))))


def as_document(found: HostFacts) -> dict[str, Any]:
    """The inventory of this one host, in the file form. What is not known of it is left out."""
    host: dict[str, Any] = {"name": found.host, "observed": found.observed, "source": SOURCE}
    for name, value in found.facts.items():
        *outer, last = name.split(".")
        group = host.setdefault(outer[0], {}) if outer else host
        group[last] = _written("host", name, value)
    if found.gpus is not None:
        host["gpus"] = [_things("gpu", gpu.model_dump(exclude_none=True)) for gpu in found.gpus]
    if found.devices is not None:
        host["devices"] = [
            _things("device", device.model_dump(exclude_none=True)) for device in found.devices
        ]
    if found.labels:
        host["labels"] = {name: list(v) if isinstance(v, tuple) else v for name, v in found.labels.items()}
    return {"format": FORMAT, "sites": [{"name": found.site or UNASSIGNED, "hosts": [host]}]}


def _things(noun: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _written(noun, name, value) for name, value in facts.items()}


def _written(noun: str, name: str, value: Any) -> Any:
    """As an inventory has a value of the fact's type: amounts with their unit."""
    spec = FACTS[noun].get(name)
    if isinstance(value, tuple):
        return list(value)
    if spec is None or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if spec.type.name == "number":
        return int(value) if value == int(value) else value
    return spell(float(int(value)), spec.type)
