"""Which command finds a fact out."""

from __future__ import annotations

import shlex

from placelang_runtime.left_out import WantedFact

_PROBED = frozenset(
    (
        "arch",
        "os",
        "kernel",
        "cpu.cores",
        "cpu.model",
        "cpu.flags",
        "memory",
        "disk",
        "gpus",
        "devices",
        "runtime",
    )
)


def how(fact: WantedFact, inventory: str | None) -> str:
    """What to run, and where; `inventory` is the store that is to know it, None for a file."""
    into = ["--inventory", inventory] if inventory is not None else []
    if fact.noun in ("gpu", "device") or (fact.noun == "host" and fact.fact in _PROBED):
        rules = ["--rules", "rules.json"] if "device" in (fact.noun, fact.fact.removesuffix("s")) else []
        command = ["placelang", "inventory", "probe", "--site", fact.site, *rules, *into]
        return f"on {fact.host}: {shlex.join(command)}"
    if inventory is None:
        return f"write it in the inventory, at {fact.host or fact.site}"
    file = f"{fact.site}.yaml"
    return f"write it in {shlex.quote(file)}: {shlex.join(['placelang', 'inventory', 'add', file, *into])}"
