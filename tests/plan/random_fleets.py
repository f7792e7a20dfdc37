"""Small random programs and inventories, half of it unknown, the same for the same seed."""

from __future__ import annotations

from random import Random

from tests.plan.fleets import fleet, host, site

HEAD = """
label host.role: string
label site.region-name: string
label host.pool: string = "none"
resource slots: number
device camera { udev 'SUBSYSTEM=="video4linux"' }
let host.strong = cpu.cores >= 4 or memory >= 8GiB
model eyes {
  variant large { file "eyes.large.onnx"; needs gpu share 2GiB }
  variant mid { file "eyes.mid.onnx"; needs gpu 1 where memory >= 4GiB, memory 512MiB }
  variant small { file "eyes.small.onnx"; needs memory 2GiB }
}
model ears {
  file "ears.onnx"
  variant sharp { needs cpu 1, shared device camera }
  variant dull { needs cpu 500m }
}
"""

FILTERS = (
    "hosts where memory >= 4GiB",
    'hosts where role == "worker"',
    "hosts where strong",
    "hosts where any(gpus where memory >= 4GiB)",
    'sites where kind == "store"',
    'hosts where not (role == "gateway") and disk >= 10GiB',
)
KEYS = ("host", "zone", "rack", "site", "site.region-name", "host.pool")
NEEDS = (
    "cpu 500m",
    "memory 1GiB",
    "disk 20GiB",
    "slots 1",
    "gpu 1",
    "gpu 1 where memory >= 4GiB",
    "device camera",
    'device camera 1 where vendor == "acme"',
    "shared device camera",
    "gpu share 2GiB",
    "gpu share 3GiB where memory >= 4GiB",
)


def random_place(random: Random) -> str:
    """One or two apps of up to four services with every clause that is lowered."""
    names: list[str] = []
    apps = []
    for app in range(random.randint(1, 2)):
        services = []
        for number in range(random.randint(1, 4)):
            clauses = _clauses(random, f"a{app}", names, number)
            services.append(f"  service s{number} {{\n" + "\n".join(f"    {c}" for c in clauses) + "\n  }")
            names.append(f"a{app}.s{number}")
        apps.append(
            f"app a{app} {{\n  priority {random.choice([0, 50, 100])}\n" + "\n".join(services) + "\n}"
        )
    return HEAD + "\n".join(apps) + "\noptimize placed, preferences, moves, balance memory\n"


def _clauses(random: Random, app: str, names: list[str], number: int) -> list[str]:
    low = random.randint(1, 3)
    count = random.choice([f"{low}", f"{low}..{low + 1}"])
    per = random.choice(
        ["", "", " per site", " per site", " per site", " per host", " per zone", " per host.pool"]
    )
    if per == " per host":
        count = "1"
    clauses = [f'image "example.com/{app}/s{number}:1"', f"replicas {count}{per}"]
    needs = random.sample(NEEDS, random.randint(0, 3))
    clauses += [f"needs {need}" for need in needs]
    clauses += random.sample(FILTERS, random.choice([0, 0, 1, 2]))
    for _ in range(random.choice([0, 1, 1, 2])):
        clauses.append(_constraint(random, names))
    if random.random() < 0.3:
        clauses.append(f"prefer {random.choice(FILTERS)} weight {random.randint(1, 9)}")
    if random.random() < 0.2:
        clauses.append(f"port {random.choice([80, 443])}")
    if random.random() < 0.3:
        clauses.append('env SITE = site.name, ROLE = host.role ?? "none"')
    if random.random() < 0.2:
        clauses.append('volume "/data" keep')
    if names and random.random() < 0.2:
        clauses.append(f"after {random.choice(names)}")
    return clauses + _serving(Random(repr(clauses)))


def _serving(random: Random) -> list[str]:
    """What a service serves, if anything."""
    if random.random() < 0.7:
        return []
    served = random.choice(["eyes", "ears", "eyes, ears"])
    return [f"serves {served}", *["env VARIANT = variant"] * ("," not in served)]


def _constraint(random: Random, names: list[str]) -> str:
    key = random.choice(KEYS)
    choices = [
        f"spread over {key}",
        f"at most {random.randint(1, 2)} per {key}",
        f"at least 2 different {key}",
    ]
    if names:
        choices += [f"same {key} as {random.choice(names)}", f"different {key} than {random.choice(names)}"]
    hard = "prefer " if random.random() < 0.4 else ""
    return hard + random.choice(choices) + (" weight 3" if hard and random.random() < 0.5 else "")


def random_inventory(random: Random) -> str:
    """Up to three sites of up to four hosts; facts are missing here and there."""
    sites = []
    for s in range(random.randint(1, 3)):
        hosts = [_host(random, f"h{s}-{h}") for h in range(random.randint(1, 4))]
        labels = random.choice(["{region-name: north}", "{region-name: south}", "{}"])
        kind = random.choice(["store", "store", "office", "null"])
        sites.append(site(f"site{s}", *hosts, kind=kind, labels=labels))
    return fleet(*sites)


def _host(random: Random, name: str) -> str:
    def perhaps(value: str, chance: float = 0.85) -> str | None:
        return value if random.random() < chance else None

    labels = [
        f"{key}: {value}"
        for key, value in (
            ("role", random.choice(["worker", "gateway"])),
            ("pool", random.choice(["x", "y"])),
        )
        if random.random() < 0.8
    ]
    gpus = [
        "{vendor: nvidia"
        + (f", memory: {random.choice([2, 8])}GiB" if random.random() < 0.7 else "")
        + random.choice(["}", "}", "}", ", unified: true}"])
        for _ in range(random.choice([0, 0, 1, 2]))
    ]
    devices = [
        f"{{name: cam{n}, kind: camera" + (", vendor: acme" if random.random() < 0.6 else "") + "}"
        for n in range(random.choice([0, 1, 2]))
    ]
    return host(
        name,
        cpu=random.choice(["{cores: 2}", "{cores: 4}", "{cores: 8}"]),
        memory=perhaps(f"{random.choice([2, 4, 16])}GiB"),
        disk=perhaps(f"{random.choice([8, 100])}GiB"),
        zone=perhaps(random.choice("ab")),
        rack=perhaps(random.choice("rs"), 0.6),
        up=random.choice([None, "true", "true", "false"]) if random.random() < 0.3 else None,
        labels="{" + ", ".join(labels) + "}",
        resources=perhaps("{slots: 2}", 0.7),
        gpus=perhaps("[" + ", ".join(gpus) + "]"),
        devices=perhaps("[" + ", ".join(devices) + "]"),
    )
