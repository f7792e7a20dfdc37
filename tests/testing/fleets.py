"""A small fleet for tests of tests: two stores, three hosts, a GPU of unknown memory, a camera."""

from __future__ import annotations

from pathlib import Path

from placelang.diagnostics import has_errors
from placelang.inventory import Inventory
from placelang.load import load
from placelang.program import Program
from placelang.testing.result import Result
from placelang.testing.run import run_test
from placelang.testing.suite import Reading, read_suite
from placelang.world import World, build_world
from tests.plan.fleets import inventory, program

INVENTORY = """format: placelang/inventory/1
observed: 2026-03-02T05:45:00Z
source: survey
sites:
  - name: gbg
    country: SE
    kind: store
    labels: {closed: false}
    hosts:
      - name: gbg-1
        cpu: {cores: 4}
        memory: 8GiB
        disk: 100GiB
        up: true
        labels: {role: worker, slots: 2}
        resources: {seats: 4}
        gpus: [{vendor: nvidia}]
        devices: [{name: entrance, kind: camera}]
      - {name: gbg-2, cpu: {cores: 2}, memory: 4GiB, up: true, gpus: [], devices: []}
  - name: mma
    country: SE
    kind: store
    hosts:
      - {name: mma-1, cpu: {cores: 4}, memory: 8GiB, disk: 100GiB, up: true, gpus: [], devices: []}
"""

DECLARATIONS = """
label site.closed: bool = false
label host.role: string in ["gateway", "worker"]
label host.spare: bool = true
resource seats: number
device camera { udev 'SUBSYSTEM=="video4linux"' }
let host.accelerated = any(gpus where memory >= 4GiB)
"""

APP = """
app shop {
  sites where not closed

  service till {
    image    "till"
    replicas 1 per site
    needs    memory 3GiB
  }

  service archive {
    image    "archive"
    replicas 1
    needs    disk 50GiB
    hosts    where accelerated
  }
}
"""


def fleet(*steps: str, extra: str = "") -> Program:
    """The program with one test that has these steps."""
    body = "\n  ".join(('inventory "inventory.yaml"', *steps))
    return program(f'{DECLARATIONS}{APP}{extra}\ntest "case" {{\n  {body}\n}}\n', facts())


def facts() -> Inventory:
    return inventory(INVENTORY)


def world(altered: Inventory, made_for: Program) -> World:
    found, faults = build_world(altered, made_for)
    assert not has_errors(faults)
    return found


def reading(folder: Path, text: str, *others: str) -> Reading:
    """What is read of a root file and what it names, in `folder`, beside the inventory."""
    (folder / "inventory.yaml").write_text(INVENTORY, encoding="utf-8")
    (folder / "fleet.place").write_text(text, encoding="utf-8")
    modules, faults = load([str(folder / "fleet.place"), *others])
    assert not faults, faults
    return read_suite(modules)


def results(folder: Path, text: str) -> list[Result]:
    """What comes of the tests of a text, by title."""
    found = reading(folder, text)
    assert found.suite is not None, found.diagnostics
    return [run_test(found.suite, case) for case in found.suite.cases]
