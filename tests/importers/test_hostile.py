"""Whatever a file holds, what is good in it becomes an inventory, and the rest is told."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.diagnostics import Source
from placelang.importers import KINDS, import_hosts
from placelang.inventory import read_inventory
from placelang.render import render

KEYS = st.sampled_from(
    [
        *(
            "kind",
            "items",
            "metadata",
            "name",
            "labels",
            "status",
            "allocatable",
            "cpu",
            "memory",
            "conditions",
        ),
        *(
            "Name",
            "Attributes",
            "cpu.numcores",
            "Datacenter",
            "NodeResources",
            "Devices",
            "Meta",
            "Description",
        ),
        *("ServerVersion", "NCPU", "Labels", "DiscoveredDevices", "ansible_facts", "ansible_processor_vcpus"),
        *("ansible_mounts", "unreachable", "id", "class", "children", "configuration", "properties", "value"),
        *(
            "results",
            "site",
            "device_type",
            "tags",
            "custom_fields",
            "nvidia.com/gpu",
            "nvidia.com/gpu.memory",
        ),
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(["Node", "system", "x", "", "16Gi", "-1", "9e99", "true", "\x1b[2J", "a" * 1_500, "gpu"]),
)
DATA = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


def good(name: str) -> dict[str, dict[str, Any]]:
    """A good record of each tool."""
    return {
        "ansible": {"ansible_facts": {"ansible_processor_vcpus": 4}},
        "docker": {"Name": name, "ServerVersion": "27.1", "NCPU": 4},
        "horizon": {"properties": [{"name": "openhorizon.cpu", "value": 4}]},
        "kubernetes": {"kind": "Node", "metadata": {"name": name}, "status": {"allocatable": {"cpu": "4"}}},
        "lshw": {
            "id": name,
            "class": "system",
            "children": [{"id": "cpu", "class": "processor", "configuration": {"cores": "4"}}],
        },
        "netbox": {"name": name, "site": {"slug": "lund"}, "device_type": {"model": "NUC"}},
        "nomad": {"Name": name, "Datacenter": "lund", "Attributes": {"cpu.numcores": "4"}},
    }


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.sampled_from(sorted(KINDS)), DATA)
def test_a_bad_record_never_spoils_the_good_one_beside_it(kind: str, data: object) -> None:
    record = good("good")[kind]
    sources = [Source("bad.json", json.dumps(data)), Source("good.json", json.dumps(record))]
    found = import_hosts(kind, sources, site="gbg")
    inventory, faults = read_inventory(Source("inventory.json", json.dumps(found.document, allow_nan=False)))
    assert inventory is not None, faults
    assert "good" in inventory.hosts.names
    assert found.hosts == len(inventory.hosts.names)
    shown = render(found.diagnostics, {source.path: source for source in sources}, color=False)
    assert all(line.isprintable() for line in shown.splitlines())
