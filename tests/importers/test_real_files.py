"""Files that other tools wrote, counted by hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from placelang.diagnostics import Source
from placelang.importers import Imported, import_hosts
from placelang.inventory import read_inventory

FILES = Path(__file__).parents[3] / "shared" / "bench" / "inventories"
GIB = 2**30

pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="the files of other tools are not here")


def sources(*names: str) -> list[Source]:
    read = []
    for name in names:
        path = FILES / name
        text = (
            gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text("utf-8")
        )
        read.append(Source(path.name.removesuffix(".gz"), text))
    return read


def totals(found: Imported) -> tuple[int, float, float, int]:
    """Hosts, processors, GiB of memory and GPUs, as the inventory has them once it is read."""
    inventory, faults = read_inventory(Source("inventory.json", json.dumps(found.document)))
    assert inventory is not None, faults
    facts = inventory.hosts.facts
    amounts = [
        sum(value for value in facts[name].values if isinstance(value, int | float)) if name in facts else 0
        for name in ("cpu.cores", "memory")
    ]
    return len(inventory.hosts.names), amounts[0], round(amounts[1] / GIB, 1), len(inventory.gpus.names)


def folder(name: str) -> list[str]:
    return [f"{name}/{path.name}" for path in sorted((FILES / name).glob("*"))]


@pytest.mark.parametrize(
    ("kind", "names", "counted", "left_out"),
    [
        ("kubernetes", ["k8s_nodes/troubleshoot_nodes_gpu.json"], (7, 24.0, 83.9, 1), 0),
        ("kubernetes", ["k8s_nodes/openb_1213_gpu_nodes.yaml.gz"], (1213, 107018.0, 492020.0, 6212), 0),
        ("nomad", ["nomad/nomad_node_mew_abridged.json"], (1, 8.0, 15.4, 0), 0),
        ("docker", ["docker/docker-info-with-devices.json"], (1, 2.0, 2.0, 1), 0),
        ("docker", ["docker/docker-info-no-swarm.json"], (1, 2.0, 2.0, 0), 0),
        ("ansible", folder("ansible_facts"), (4, 10.0, 18.5, 0), 0),
        ("lshw", folder("lshw"), (3, 16.0, 40.0, 4), 0),
        ("horizon", folder("open_horizon"), (2, 0, 0.0, 0), 2),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_counts_agree_with_those_made_by_hand(
    kind: str, names: list[str], counted: Any, left_out: int
) -> None:
    found = import_hosts(kind, sources(*names), site="main")
    assert totals(found) == counted
    assert found.bad == left_out


def test_files_of_another_tool_are_refused_one_and_all() -> None:
    names = [
        "compose/voting_app_docker-stack.yml",
        "docker/docker-info-no-swarm.json",
        *folder("open_horizon"),
    ]
    for kind in ("ansible", "lshw", "nomad", "netbox"):
        found = import_hosts(kind, sources(*names), site="main")
        assert found.hosts == 0
        assert found.bad == len(names)
        assert len(found.diagnostics) >= len(names)
