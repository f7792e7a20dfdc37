"""Small fleets as texts, and plans of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from placelang.arrange import Inputs, arrange
from placelang.check import check
from placelang.diagnostics import Source, has_errors
from placelang.inventory import Inventory, inventory_digest, inventory_labels, read_inventory
from placelang.load import Module, Modules
from placelang.lower import Lowered, lower
from placelang.parse import parse
from placelang.program import Program
from placelang.world import build_world
from placelang_runtime.left_out import LeftOut
from placelang_runtime.part import Replica, Service
from placelang_runtime.plan import Plan
from placelang_scheduler import Solution, solve

BUDGET = 4.0


@dataclass(frozen=True)
class Planned:
    """A plan, and all that it came from."""

    program: Program
    inventory: Inventory
    lowered: Lowered
    solution: Solution
    plan: Plan


def program(
    text: str, inventory: Inventory | None = None, params: Mapping[str, str] | None = None
) -> Program:
    source = Source("fleet.place", text)
    tree, faults = parse(source)
    assert not faults, faults
    modules = Modules((Module(source, tree, is_root=True, is_policy=False),), complete=True)
    labels = inventory_labels(inventory) if inventory else None
    found, faults = check(modules, params or {}, labels)
    assert found is not None, faults
    return found


def inventory(text: str) -> Inventory:
    found, faults = read_inventory(Source("inventory.yaml", text))
    assert found is not None, faults
    return found


def planned(
    place: str,
    facts: str,
    *,
    current: Plan | None = None,
    at: int | None = None,
    budget: float = BUDGET,
    seed: int = 0,
) -> Planned:
    known = inventory(facts)
    checked = program(place, known)
    world, faults = build_world(known, checked, at)
    assert not has_errors(faults), faults
    lowered = lower(checked, world, current)
    solution = solve(lowered.problem, seed=seed, budget=budget)
    plan = arrange(lowered, solution, Inputs(inventory_digest(known), frozenset(), seed, budget))
    return Planned(checked, known, lowered, solution, plan)


def host(name: str, **facts: Any) -> str:
    """One host of a site's list; facts as YAML, `None` leaves one out. Dots become nesting, for `cpu.cores` alone."""
    rest = {
        "arch": "amd64",
        "cpu": "{cores: 4}",
        "memory": "8GiB",
        "disk": "100GiB",
        "gpus": "[]",
        "devices": "[]",
    }
    rest |= facts
    lines = [
        f"      - name: {name}",
        *(f"        {key}: {value}" for key, value in rest.items() if value is not None),
    ]
    return "\n".join(lines)


def site(name: str, *hosts: str, **facts: Any) -> str:
    lines = [
        f"  - name: {name}",
        *(f"    {key}: {value}" for key, value in facts.items()),
        "    hosts:",
        *hosts,
    ]
    return "\n".join(lines)


def fleet(*sites: str, head: str = "") -> str:
    return "\n".join(
        ["format: placelang/inventory/1", "observed: 2026-03-02T05:00:00Z", head, "sites:", *sites, ""]
    )


def where(plan: Plan) -> dict[str, str]:
    """The host of every replica, by name."""
    return {replica.name: replica.host for replica in replicas(plan)}


def services(plan: Plan) -> list[Service]:
    return [service for part in plan.parts for group in part.groups for service in group.services]


def replicas(plan: Plan) -> list[Replica]:
    return [replica for service in services(plan) for replica in service.replicas]


def left_out(plan: Plan, group: str) -> LeftOut:
    return next(entry for entry in plan.header.left_out if group in entry.groups)
