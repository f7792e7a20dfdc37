"""Reading files of many lines: parse and check, lines a second of a processor, on generated programs that grow."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import process_time

from placelang.check import check
from placelang.diagnostics import Source
from placelang.load import load
from placelang.parse import parse

SIZES = (2_000, 5_000, 20_000, 40_000)
RUNS = 3
HEAD = """label host.role: string in ["gateway", "worker"]
label site.closed: bool = false
let host.accelerated = any(gpus where memory >= 4GiB)
resource slots: number
device camera {
  udev 'SUBSYSTEM=="video4linux"'
}
"""
APP = """
# What app {n} does is of no interest here.
app app-{n} {{
  sites where country in ["SE", "DK"] and kind == "store" and not closed
  priority {priority}

  service front {{
    image    "registry.example.com/app-{n}/front:1"
    replicas 2 per site
    needs    cpu 1.5, memory 2GiB, device camera, slots {few}
    hosts    where arch == "amd64" and (memory ?? 0GiB) >= 8GiB
      and cpu.cores >= 4
    prefer   hosts where accelerated weight 5
    at most 1 per host
    port     {port}
    env      LOG_LEVEL = "info", SITE = site.name, ROLE = host.role ?? "none"
    volume   "/var/lib/app" keep
    health   http {port} "/ready" every 10s timeout 2s retries 3
  }}

  service back {{
    image    "registry.example.com/app-{n}/back:1"
    replicas 3 per site
    needs    cpu 500m, memory 1GiB, disk 20GiB, gpu 1 where memory >= 8GiB and compute >= "7.0"
    spread over zone skew 2
    different host than front
    prefer   same rack as front weight 2
    after    front
  }}
}}
"""


def program(lines: int) -> str:
    """A program of about so many lines."""
    of_app = APP.count("\n")
    apps = (
        APP.format(n=n, priority=n % 1000, few=1 + n % 4, port=1024 + n % 60_000)
        for n in range(lines // of_app)
    )
    return HEAD + "".join(apps)


def measure(text: str, path: Path) -> tuple[float, float]:
    """The least seconds of parsing alone, and of loading and checking."""
    path.write_text(text, encoding="utf-8")
    parsing, whole = [], []
    for _ in range(RUNS):
        start = process_time()
        parse(Source(str(path), text))
        parsing.append(process_time() - start)
        start = process_time()
        modules, faults = load([path])
        checked, more = check(modules)
        whole.append(process_time() - start)
        assert checked is not None, (faults + more)[0]
    return min(parsing), min(whole)


def main() -> None:
    """Print lines a second for each size."""
    print(f"parse, and parse + check, least of {RUNS}")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            text = program(size)
            lines = text.count("\n")
            parsing, whole = measure(text, Path(folder, "program.place"))
            print(
                f"  {lines:6,} lines: parse {parsing:5.2f} s = {lines / parsing:7,.0f} lines/s,"
                f" parse + check {whole:5.2f} s = {lines / whole:7,.0f} lines/s"
            )


if __name__ == "__main__":
    main()
