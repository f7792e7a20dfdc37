"""What was imported is the same fleet once it has been through a store, an export and another store."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from placelang.diagnostics import Source
from placelang.importers import KINDS, Imported, import_hosts
from placelang.inventory import Inventory, Things, read_inventory
from placelang.inventory.written import as_document
from placelang.store import Store, Trust
from tests.golden import Case, cases
from tests.importers.test_hostile import good
from tests.importers.test_real_files import FILES, folder, sources

NOW = 2 * 10**12


def read(document: Any) -> Inventory:
    inventory, faults = read_inventory(Source("inventory.json", json.dumps(document)))
    assert inventory is not None, faults
    return inventory


def told(inventory: Inventory) -> list[object]:
    """All that an inventory says, whatever its layout and the order of its columns."""
    tables = (inventory.sites, inventory.hosts, inventory.gpus, inventory.devices)
    return [*map(_plain, tables), {name: record for name, record in inventory.latency.items() if record.rows}]


def _plain(things: Things) -> Things:
    def known(records: Any) -> Any:
        return {name: record for name, record in sorted(records.items()) if record.rows}

    return replace(
        things,
        places=(),
        facts=known(things.facts),
        labels=known(things.labels),
        resources=known(things.resources),
        sets=known(things.sets),
    )


def stored(inventory: Inventory, path: Path) -> Inventory:
    with Store(f"sqlite:///{path}", create=True) as store:
        store.add(inventory, trust=Trust.IMPORT, now=NOW, source="tool")
        return store.inventory(NOW)


def comes_round(found: Imported, folder: Path) -> None:
    imported = read(found.document)
    assert told(read(as_document(imported))) == told(imported)
    first = stored(imported, folder / "first.db")
    exported = read(as_document(first))
    assert told(exported) == told(first)
    assert told(stored(exported, folder / "second.db")) == told(first)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_record_of_each_tool_comes_round(kind: str, tmp_path: Path) -> None:
    comes_round(import_hosts(kind, [Source("one.json", json.dumps(good("one")[kind]))], site="gbg"), tmp_path)


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("cases")), ids=str)
def test_what_is_odd_comes_round(case: Case, tmp_path: Path) -> None:
    kind = next(iter(case.files)).partition("/")[0]
    files = [Source(name.partition("/")[2], text) for name, text in case.files.items()]
    comes_round(import_hosts(kind, files, site="gbg"), tmp_path)


@pytest.mark.skipif(not FILES.is_dir(), reason="the files of other tools are not here")
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("kubernetes", ["k8s_nodes/troubleshoot_nodes_gpu.json"]),
        ("nomad", ["nomad/nomad_node_mew_abridged.json"]),
        ("docker", ["docker/docker-info-with-devices.json"]),
        ("ansible", folder("ansible_facts")),
        ("lshw", folder("lshw")),
        ("horizon", folder("open_horizon")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_real_files_come_round(kind: str, names: list[str], tmp_path: Path) -> None:
    comes_round(import_hosts(kind, sources(*names), site="gbg"), tmp_path)
