"""How long a fleet takes from its files to its checked plan: `python tests/bench/fleet.py [SITES [UNLIKE]]`.

Sites are of a few dozen kinds, of four hosts, and get ten services of two replicas; one host in twenty has memory of
its own. `UNLIKE` is the share of sites of which every host has. First everything is planned; then, against that plan as
it came out but for a replica in fifty that was lost, in another process. Prints seconds of processor time by stage,
the most memory, and what was proved, with the ratio to what is wanted; and how fast the processor is just now, as
neighbours on it slow it down.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from placelang.check import check
from placelang.garbage import SELDOM
from placelang.inventory import inventory_labels, load_inventory
from placelang.load import load
from placelang.planning import plan_with_warnings
from placelang_runtime.canonical import chunks, read_plan, to_json
from placelang_runtime.parts import Parts

KINDS = 40
HOSTS = 4
SECONDS = 10.0
"""Wanted for 10,000 sites."""
SERVICES = (
    ("till", "at most 1 per host", 500, 512),
    ("sync", "", 250, 256),
    ("video", 'prefer hosts where role == "worker" weight 3', 1000, 2048),
    ("detect", "at most 1 per host", 1000, 1024),
    ("store", "", 250, 1024),
    ("shelf", "spread over host", 250, 512),
    ("price", "", 100, 128),
    ("cache", "at most 1 per host", 250, 768),
    ("logs", "", 100, 256),
    ("radio", "", 100, 128),
)


def inventory(sites: int, unlike: float) -> str:
    """The file of a fleet."""
    r = Random(1)
    kinds = [
        [
            (r.choice((4, 8, 16)), r.choice((8, 16, 32)), r.choice(("worker", "gateway")), r.choice("ab"))
            for _ in range(HOSTS)
        ]
        for _ in range(KINDS)
    ]
    return json.dumps(
        {
            "format": "placelang/inventory/1",
            "observed": "2026-03-02T05:00:00Z",
            "sites": [_site(r, n, r.choice(kinds), r.random() < unlike) for n in range(sites)],
        }
    )


def _site(r: Random, number: int, kind: list[tuple[int, int, str, str]], unlike: bool) -> dict[str, Any]:
    name = f"site{number:06}"
    hosts = []
    for at, (cores, memory, role, zone) in enumerate(kind):
        own = unlike or r.random() < 0.05
        hosts.append(
            {
                "name": f"{name}-{at}",
                "arch": "amd64",
                "cpu": {"cores": cores},
                "memory": f"{memory * 1024 + (r.randint(-900, 900) if own else 0)}MiB",
                "disk": "200GiB",
                "zone": zone,
                "labels": {"role": role},
            }
        )
    return {"name": name, "kind": "store", "hosts": hosts}


def program() -> str:
    """The placement file."""
    services = "\n".join(
        f'service {name} {{ image "example.com/{name}:1"; replicas 2 per site; needs cpu {cpu}m, memory {memory}MiB\n'
        f" {clause}\n env SITE = site.name\n}}"
        for name, clause, cpu, memory in SERVICES
    )
    levels = "optimize placed, preferences, moves, balance memory"
    return f'label host.role: string\n{levels}\napp shop {{\n sites where kind == "store"\n{services}\n}}\n'


class Clock:
    """Seconds by stage, and the most memory so far."""

    def __init__(self) -> None:
        self._last = process_time()
        self.total = 0.0

    def lap(self, stage: str, note: str = "") -> None:
        now = process_time()
        self.total += now - self._last
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"  {stage:10} {now - self._last:8.2f} s {memory:6.2f} GiB  {note}", flush=True)
        self._last = process_time()


def run(folder: str, current: str | None, sites: int) -> None:
    """All stages, from the files in `folder`."""
    print("against what runs" if current else "anew")
    gc.set_threshold(*SELDOM)
    at = Path(folder)
    clock = Clock()
    known, faults = load_inventory(at / "fleet.json")
    if known is None:
        raise SystemExit(str(faults))
    clock.lap("read", f"{len(known.hosts.names)} hosts")
    modules, _ = load([at / "fleet.place"])
    checked, faults = check(modules, {}, inventory_labels(known))
    if checked is None:
        raise SystemExit(str(faults))
    clock.lap("check")
    running = read_plan(at / current) if current else None
    clock.lap("read plan")
    plan = plan_with_warnings(checked, known, current=running).plan
    proved = sum(level.proved for level in plan.header.levels)
    clock.lap("plan", f"{plan.header.outcome}, {proved} of {len(plan.header.levels)} levels proved")
    with (at / "plan.json").open("w") as file:
        file.writelines(chunks(plan))
    clock.lap("write", f"{(at / 'plan.json').stat().st_size / 2**20:.0f} MiB")
    wanted = SECONDS * sites / 10_000
    print(f"  all        {clock.total:8.2f} s, {clock.total / wanted:.1f} times what is wanted", flush=True)
    if isinstance(plan.parts, Parts):
        print(f"  of {sites} sites {len({id(template) for template, _ in plan.parts.rows})} differ")


def lose(folder: str) -> None:
    """The plan of the folder, of which a replica in fifty was lost, as a plan is written."""
    r = Random(2)
    plan = read_plan(Path(folder) / "plan.json")
    if not isinstance(plan.parts, Parts):
        raise TypeError(plan.parts)
    header = plan.header.model_copy(update={"parts": ()})
    head = to_json(plan.model_copy(update={"header": header, "parts": ()}))
    with (Path(folder) / "running.json").open("w") as file:
        file.write(head.removesuffix("[]\n}\n"))
        for number, text in enumerate(plan.parts.texts()):
            part = json.loads(text)
            for group in part["groups"]:
                for service in group["services"]:
                    service["replicas"] = [one for one in service["replicas"] if r.random() > 0.02]
            file.write(
                ("," if number else "[") + "\n    " + json.dumps(part, indent=2).replace("\n", "\n    ")
            )
        file.write("\n  ]\n}\n")


def main(sites: int = 1000, unlike: float = 0.0) -> None:
    start = process_time()
    sum(range(20_000_000))
    print(f"the processor adds twenty million numbers in {process_time() - start:.2f} s")
    with TemporaryDirectory() as folder:
        Path(folder, "fleet.json").write_text(inventory(sites, unlike))
        Path(folder, "fleet.place").write_text(program())
        for current in (None, "running.json"):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pool.submit(run, folder, current, sites).result()
                pool.submit(lose, folder).result()


if __name__ == "__main__":
    main(*(kind(text) for kind, text in zip((int, float), sys.argv[1:], strict=False)))
