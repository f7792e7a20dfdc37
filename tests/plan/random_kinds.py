"""Random fleets of a few kinds of sites with room for all that is to run there, the same for the same seed."""

from __future__ import annotations

import json
from random import Random
from typing import Any

HEAD = """
label host.role: string
label host.badge: string
device camera { udev 'SUBSYSTEM=="video4linux"' }
let host.strong = cpu.cores >= 8 or memory >= 24GiB
policy p {
  hosts where role == "gateway" { reserve memory 10% }
  change only daily between 01:00 and 05:00
}
"""
ROLLOUT = """  rollout {
    wave canary: 1 sites where site.kind == "store", healthy for 1h
    wave early: 30% of sites
    wave last: 2 sites where any(hosts where role == "worker")
    at most 3 sites at once
  }
"""
REPLICAS = ("1 per site", "2 per site", "2..3 per site", "3 per site", "1 per host", "1 per zone")
CLAUSES = (
    "at most 1 per host",
    "spread over host",
    "spread over zone",
    "prefer at least 2 different zone",
    "prefer spread over host.role",
    'prefer hosts where role == "worker" weight 3',
    "prefer hosts where strong",
    'prefer hosts where badge == "store-1"',
    "hosts where memory >= 6GiB",
    "active daily between 08:00 and 20:00",
    "prefer survive 1 host",
    'volume "/data" keep',
    "port 8080",
    "needs gpu share 1GiB",
    "needs device camera",
    "needs shared device camera",
    'env SITE = site.name, AT = "tcp://{host.name}:{host.role}", BADGE = host.badge ?? "none"',
    'env PLAIN = "store-1"',
    'sidecar log { image "example.com/log:1" }',
)


JOBS = (
    "every day\n between 22:00 and 05:00",
    "every 6h",
    "every monday, friday\n by 06:00",
    "",
    "every day\n prefer hosts where memory >= 1GiB",
    'every day\n prefer hosts where role == "worker"',
    "every day\n needs device camera",
    "every day\n needs upload 2GB",
    "every 12h\n env HOST = host.name",
)


def _job(random: Random, names: list[str]) -> str:
    clauses = [f'image "example.com/j:1"\n lasts {random.choice((20, 45))}min\n needs memory 64MiB']
    clauses.append(random.choice(JOBS))
    if random.random() < 0.3:
        clauses.append(f"after {random.choice(names)}")
    return "  job night {\n " + "\n ".join(clauses) + "\n  }\n"


def random_place(random: Random) -> str:
    """One or two apps of up to four services."""
    names: list[str] = []
    apps = []
    for app in range(random.randint(1, 2)):
        services = []
        for number in range(random.randint(1, 4)):
            clauses = [f"replicas {random.choice(REPLICAS)}", f"needs cpu {random.choice((100, 250, 500))}m"]
            clauses += [f"needs memory {random.choice((64, 128, 512))}MiB", 'image "example.com/x:1"']
            clauses += random.sample(CLAUSES, random.choice((0, 1, 2, 3)))
            if "1 per host" in clauses[0]:
                clauses = [clause for clause in clauses if "survive" not in clause]
            if names and random.random() < 0.4:
                clauses.append(
                    random.choice(
                        (
                            "after {}",
                            "prefer same host as {}",
                            "prefer different zone than {}",
                            "link {} latency <= 5ms",
                            "prefer link {} latency <= 5ms",
                        )
                    ).format(random.choice(names))
                )
            services.append(f"  service s{number} {{\n" + "\n".join(f"    {c}" for c in clauses) + "\n  }")
            names.append(f"a{app}.s{number}")
        rollout = random.choice(("", ROLLOUT))
        head = f"app a{app} {{\n  priority {random.choice((0, 50))}\n{rollout}"
        jobs = _job(random, names) if random.random() < 0.3 else ""
        apps.append(head + "\n".join(services) + f"\n{jobs}}}")
    return HEAD + "\n".join(apps) + "\noptimize placed, preferences, moves, balance memory\n"


def random_inventory(random: Random, kinds: int = 3) -> str:
    """Some kinds of sites, up to six of each, under names of all sorts; some hosts are not quite alike."""
    sites: list[dict[str, Any]] = []
    for kind in [_kind(random) for _ in range(random.randint(1, kinds))]:
        for _ in range(random.randint(1, 6)):
            prefix = random.choice(("s", "s", "s", "store-", "a.b", "x" * 40, "räk smörgås "))
            sites.append(_site(random, f"{prefix}{len(sites)}", kind))
    return json.dumps({"format": "placelang/inventory/1", "observed": "2026-03-02T05:00:00Z", "sites": sites})


def _kind(random: Random) -> list[dict[str, Any]]:
    return [
        {
            "arch": random.choice(("amd64", "arm64")),
            "cpu": {"cores": random.choice((4, 8, 16))},
            "memory": f"{random.choice((8, 16, 32))}GiB",
            "disk": "200GiB",
            "zone": random.choice("ab"),
            "labels": {"role": random.choice(("worker", "gateway"))},
            "gpus": [{"vendor": "nvidia", "memory": "8GiB"}] * random.choice((0, 1, 2)),
            "devices": [{"name": f"cam{n}", "kind": "camera"} for n in range(random.choice((0, 2, 3)))],
        }
        for _ in range(random.randint(1, 4))
    ]


def _site(random: Random, name: str, kind: list[dict[str, Any]]) -> dict[str, Any]:
    joint = random.choice(("-", "-", ".", "/"))
    hosts = [{"name": f"{name}{joint}{number}", **facts} for number, facts in enumerate(kind)]
    for host in hosts:
        if random.random() < 0.05:
            host["memory"] = "7GiB"
        if random.random() < 0.03:
            host["labels"] = {"role": "worker", "badge": name}
        if random.random() < 0.03:
            host["up"] = False
    uplink = {"bandwidth": "100Mbps"}
    return {"name": name, "kind": "store", "timezone": "Europe/Stockholm", "uplink": uplink, "hosts": hosts}
