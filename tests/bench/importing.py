"""Many nodes of a Kubernetes cluster, as `kubectl get nodes -o json` prints them, made into an inventory.

python tests/bench/importing.py [NODES]
"""

from __future__ import annotations

import json
import sys
from time import process_time
from typing import Any

from placelang.diagnostics import Source
from placelang.importers import import_hosts

NODES = 10_000
LABELS = 40


def node(number: int) -> dict[str, Any]:
    """A node with what an agent, feature discovery and a person say of it."""
    labels = {f"feature.node.kubernetes.io/cpu-cpuid.FLAG{flag}": "true" for flag in range(LABELS)}
    labels |= {f"example.com/label-{label}": str((number * label) % 97) for label in range(LABELS)}
    conditions = [
        {"type": kind, "status": "True", "lastHeartbeatTime": "2026-03-02T05:45:00Z", "reason": "Kubelet"}
        for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
    ]
    amounts = {"cpu": f"{3 + number % 13}920m", "memory": "16167160Ki", "ephemeral-storage": "93478772582"}
    images = [
        {"names": [f"registry.example.com/image-{i}@sha256:{i:064}"], "sizeBytes": 10**8} for i in range(40)
    ]
    return {
        "kind": "Node",
        "metadata": {"name": f"node-{number}", "labels": labels, "annotations": {"a": "b"}},
        "status": {
            "allocatable": amounts,
            "capacity": amounts,
            "conditions": conditions,
            "images": images,
            "nodeInfo": {"architecture": "amd64", "operatingSystem": "linux", "kernelVersion": "6.1.0"},
        },
    }


def main() -> None:
    nodes = int(sys.argv[1]) if len(sys.argv) > 1 else NODES
    text = json.dumps({"kind": "NodeList", "items": [node(number) for number in range(nodes)]})
    started = process_time()
    found = import_hosts("kubernetes", [Source("nodes.json", text)], site="main")
    print(
        f"{found.hosts:,} nodes, {len(text) / 2**20:.0f} MiB: {process_time() - started:.1f} s of a processor"
    )


if __name__ == "__main__":
    main()
