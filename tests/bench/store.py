"""A store of many hosts: adding them, hearing of one of them, reading all of them for a plan.

python tests/bench/store.py [HOSTS]
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

HOSTS = 100_000
FACTS = 40
NOW = 1_800_000_000_000
MINUTE = 60_000


def document(first: int, hosts: int) -> str:
    """An inventory of hosts with 40 facts each, 20 hosts a site."""
    sites = [
        {
            "name": f"site-{first // 20 + number:05}",
            "hosts": [
                {
                    "name": f"host-{first + host:06}",
                    "arch": "amd64" if host % 3 else "arm64",
                    "os": "linux",
                    "kernel": f"6.1.{host % 40}",
                    "cpu": {"cores": 4 + host % 5, "model": f"model {host % 17}"},
                    "memory": f"{4 + host % 28}GiB",
                    "disk": f"{100 + host % 900}GiB",
                    "zone": f"z{host % 3}",
                    "up": True,
                    "gpus": [],
                    "labels": {f"label-{label:02}": (host * label) % 101 for label in range(FACTS - 10)},
                }
                for host in range(number * 20, min(number * 20 + 20, hosts))
            ],
        }
        for number in range((hosts + 19) // 20)
    ]
    return json.dumps({"format": "placelang/inventory/1", "observed": "2026-03-02T05:45:00Z", "sites": sites})


def main() -> None:
    from placelang.diagnostics import Source
    from placelang.inventory import read_inventory
    from placelang.store import Store, Trust

    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else HOSTS
    with tempfile.TemporaryDirectory() as folder, Store(f"sqlite:///{folder}/fleet.db", create=True) as store:
        started = process_time()
        for first in range(0, hosts, 10_000):
            inventory, _ = read_inventory(Source("part.json", document(first, min(10_000, hosts - first))))
            assert inventory is not None
            store.add(inventory, trust=Trust.IMPORT, now=NOW)
        print(
            f"{hosts:,} hosts with {FACTS} facts each: added in {process_time() - started:.1f} s of a processor,",
            end=" ",
        )
        print(f"{sum(path.stat().st_size for path in Path(folder).iterdir()) / 2**20:.0f} MiB on disk")
        one, _ = read_inventory(Source("one.json", document(0, 1)))
        assert one is not None
        waited = []
        for minute in range(100):
            started = perf_counter()
            store.add(one, trust=Trust.PROBE, now=NOW + minute * MINUTE, source="probe")
            waited.append(perf_counter() - started)
        print(f"  facts of one host heard again: median {statistics.median(waited) * 1e3:.1f} ms, of 100")
        started, busy = perf_counter(), process_time()
        fleet = store.inventory(NOW)
        print(
            f"  read for a plan: {perf_counter() - started:.1f} s, {process_time() - busy:.1f} s of a processor",
            end="",
        )
        print(f" ({len(fleet.hosts.names):,} hosts)")


if __name__ == "__main__":
    main()
