"""How long a fleet takes from its files to its checked plan: `python tests/bench/fleet.py [SITES [UNLIKE [WORKERS
[SHAPE]]]]`.

Sites are of a few dozen kinds, of four hosts, and get ten services of two replicas; one host in twenty has memory of
its own. `UNLIKE` is the share of sites of which every host has. `SHAPE` 1 is another fleet: stores of one to six hosts
with GPUs and cameras, and six other services. `WORKERS` processes help, one for each core if not said. First everything
is planned; then, against that plan as it came out but for a replica in fifty that was lost, in another process. Prints
by stage how long one waits, and seconds of the processor here and in those that help; the most memory of any process,
and what was proved, with the ratio to what is wanted; and how fast the processor is just now, as neighbours on it slow
it down. Last, how long the classes that repeat take to solve: of a fleet in which no host has memory of its own.
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
from threading import Event as Flag
from time import perf_counter, process_time
from typing import Any

from placelang import parse, planning
from placelang.check import check
from placelang.cli.workers import cores as every_core
from placelang.cli.workers import pool
from placelang.diagnostics import Source
from placelang.garbage import SELDOM
from placelang.inventory import inventory_labels, load_inventory, read_inventory
from placelang.load import Module, Modules, load
from placelang.planning import plan_with_warnings
from placelang_runtime.canonical import chunks, read_plan, to_json
from placelang_runtime.parts import Parts
from placelang_scheduler import solve

KINDS = 40
HOSTS = 4
SECONDS = 10.0
SOLVING = 2.0
"""Wanted for 10,000 sites: all of it, and to solve the classes that repeat."""
MANY = 3_000
"""Sites from which on processes help."""
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
OTHERS = """
label host.role: string
device camera { udev 'SUBSYSTEM=="video4linux"' }
optimize placed, preferences, moves, balance memory
app watch {
 sites where kind == "store"
 service see { image "example.com/see:2"; replicas 1..2 per site; needs cpu 500m, memory 1GiB, device camera
  prefer hosts where any(gpus where memory >= 4GiB) }
 service keep { image "example.com/keep:2"; replicas 1 per site; needs memory 700MiB; volume "/data" keep
  prefer different host than see }
 service page { image "example.com/page:2"; replicas 2 per site; needs memory 200MiB; prefer at most 1 per host }
}
app tell {
 priority 9
 service log { image "example.com/log:2"; replicas 1 per host; needs memory 128MiB; env HOST = host.name }
 service lend { image "example.com/lend:2"; replicas 1 per site; needs memory 300MiB; after log }
 service ask { image "example.com/ask:2"; replicas 1 per site; needs memory 500MiB; same host as lend }
}
"""


def inventory(sites: int, unlike: float, own: float = 0.05, shape: int = 0) -> str:
    """The file of a fleet, in which the share `own` of hosts has memory of its own."""
    r = Random(1)
    kinds = [
        [
            (r.choice((4, 8, 16)), r.choice((8, 16, 32)), r.choice(("worker", "gateway")), r.choice("ab"))
            for _ in range(r.randint(1, 6) if shape else HOSTS)
        ]
        for _ in range(KINDS)
    ]
    found = [_site(r, n, r.choice(kinds), 1.0 if r.random() < unlike else own) for n in range(sites)]
    for site in found if shape else ():
        for at, host in enumerate(site["hosts"]):
            host["gpus"] = [{"vendor": "nvidia", "memory": "8GiB"}] * (at % 2)
            host["devices"] = [{"name": f"cam{n}", "kind": "camera"} for n in range(1 + at % 2)]
    return json.dumps({"format": "placelang/inventory/1", "observed": "2026-03-02T05:00:00Z", "sites": found})


def _site(r: Random, number: int, kind: list[tuple[int, int, str, str]], share: float) -> dict[str, Any]:
    name = f"site{number:06}"
    hosts = []
    for at, (cores, memory, role, zone) in enumerate(kind):
        own = r.random() < share
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


def program(shape: int = 0) -> str:
    """The placement file."""
    if shape:
        return OTHERS
    services = "\n".join(
        f'service {name} {{ image "example.com/{name}:1"; replicas 2 per site; needs cpu {cpu}m, memory {memory}MiB\n'
        f" {clause}\n env SITE = site.name\n}}"
        for name, clause, cpu, memory in SERVICES
    )
    levels = "optimize placed, preferences, moves, balance memory"
    return f'label host.role: string\n{levels}\napp shop {{\n sites where kind == "store"\n{services}\n}}\n'


class Clock:
    """How long one waits by stage, what the processor does meanwhile, and the most memory so far."""

    def __init__(self) -> None:
        self._begun = self._waited = perf_counter()
        self._busy = process_time()

    def lap(self, stage: str, note: str = "") -> None:
        waited, busy = perf_counter(), process_time()
        memory = max(resource.getrusage(who).ru_maxrss for who in (_HERE, _THERE)) / 2**20
        took = f"{waited - self._waited:8.2f} s waited {busy - self._busy:8.2f} s busy"
        print(f"  {stage:10} {took} {memory:6.2f} GiB  {note}", flush=True)
        self._waited, self._busy = perf_counter(), process_time()

    def end(self, sites: int) -> None:
        """All of it, once those that helped have ended."""
        waited = self._waited - self._begun
        used = [resource.getrusage(who) for who in (_HERE, _THERE)]
        busy = [one.ru_utime + one.ru_stime for one in used]
        wanted = SECONDS * sites / 10_000
        print(f"  all        {waited:8.2f} s waited, {waited / wanted:.2f} times what is wanted")
        print(f"  all        {busy[0]:8.2f} s busy here, {busy[1]:.2f} s in those that helped", flush=True)


_HERE, _THERE = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN


def run(folder: str, current: str | None, sites: int, workers: int) -> None:
    """All stages, from the files in `folder`."""
    print("against what runs" if current else "anew")
    gc.set_threshold(*SELDOM)
    at = Path(folder)
    clock = Clock()
    with pool(workers if sites >= MANY else 1, Flag()) as executor:
        known, faults = load_inventory(at / "fleet.json")
        if known is None:
            raise SystemExit(str(faults))
        clock.lap("read", f"{len(known.hosts.names)} hosts")
        modules, _ = load([at / "fleet.place"])
        checked, faults = check(modules, {}, inventory_labels(known))
        if checked is None:
            raise SystemExit(str(faults))
        clock.lap("check")
        running = read_plan(at / current, executor) if current else None
        clock.lap("read plan")
        plan = plan_with_warnings(checked, known, current=running, executor=executor).plan
        proved = sum(level.proved for level in plan.header.levels)
        clock.lap("plan", f"{plan.header.outcome}, {proved} of {len(plan.header.levels)} levels proved")
        with (at / "plan.json").open("w") as file:
            file.writelines(chunks(plan))
        clock.lap("write", f"{(at / 'plan.json').stat().st_size / 2**20:.0f} MiB")
    clock.end(sites)
    if isinstance(plan.parts, Parts):
        print(f"  of {sites} sites {len({id(template) for template, _ in plan.parts.rows})} differ")


def solving(sites: int, shape: int) -> None:
    """How long it takes to solve a fleet of classes that all repeat, as its plan is made."""
    taken = 0.0

    def timed(*given: Any, **options: Any) -> Any:
        nonlocal taken
        start = process_time()
        try:
            return solve(*given, **options)
        finally:
            taken += process_time() - start

    known, _ = read_inventory(Source("fleet.json", inventory(sites, 0.0, 0.0, shape)))
    source = Source("fleet.place", program(shape))
    tree, _ = parse(source)
    assert known is not None
    root = Module(source, tree, is_root=True, is_policy=False)
    checked, _ = check(Modules((root,)), {}, inventory_labels(known))
    assert checked is not None
    vars(planning)["solve"] = timed
    plan_with_warnings(checked, known)
    wanted = SOLVING * sites / 10_000
    print(f"classes that repeat are solved in {taken:.2f} s, {taken / wanted:.2f} times what is wanted")


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


def main(sites: int = 1000, unlike: float = 0.0, workers: int = 0, shape: int = 0) -> None:
    start = process_time()
    sum(range(20_000_000))
    print(f"the processor adds twenty million numbers in {process_time() - start:.2f} s")
    with TemporaryDirectory() as folder:
        Path(folder, "fleet.json").write_text(inventory(sites, unlike, shape=shape))
        Path(folder, "fleet.place").write_text(program(shape))
        for current in (None, "running.json"):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                alone.submit(run, folder, current, sites, workers or every_core()).result()
                alone.submit(lose, folder).result()
    solving(sites, shape)


if __name__ == "__main__":
    main(*(kind(text) for kind, text in zip((int, float, int, int), sys.argv[1:], strict=False)))
