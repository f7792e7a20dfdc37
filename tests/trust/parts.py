"""A small plan of two sites to sign."""

from __future__ import annotations

from pathlib import Path

from placelang.planning import plan_file
from placelang_runtime.plan import Plan

FILE = """
app shop {
  service till {
    image "registry.example.com/shop/till:1"
    replicas 1 per site
    needs memory 64MiB
  }
}
"""
INVENTORY = """
format: placelang/inventory/1
observed: 2026-03-02T05:45:00Z
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, arch: amd64, cpu: {cores: 4}, memory: 8GiB}
      - {name: gbg-2, arch: amd64, cpu: {cores: 4}, memory: 8GiB}
  - name: oslo
    hosts:
      - {name: oslo-1, arch: amd64, cpu: {cores: 4}, memory: 8GiB}
"""


def plan_in(folder: Path, text: str = FILE, inventory: str = INVENTORY) -> Plan:
    (folder / "shop.place").write_text(text, encoding="utf-8")
    (folder / "inventory.yaml").write_text(inventory, encoding="utf-8")
    return plan_file(folder / "shop.place", folder / "inventory.yaml")
