"""`find_kinds`: the hosts of a catalogue as kinds that can be bought, each with what one costs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.inventory import Inventory
from placelang.inventory.faults import Fault, diagnose
from placelang.inventory.values import Wrong

SCALE = 1000
"""Costs are counted in thousandths, rounded up."""
MOST_KINDS = 64


@dataclass(frozen=True, slots=True)
class Kind:
    """`price` is the cost of one, in thousandths."""

    name: str
    price: int


def find_kinds(catalogue: Inventory) -> tuple[tuple[Kind, ...], tuple[Diagnostic, ...]]:
    """The kinds by name; a host of which it is not known what it costs is a fault."""
    hosts = catalogue.hosts
    record = hosts.facts.get("cost")
    costs = dict(zip(record.rows, record.values, strict=True)) if record is not None else {}
    kinds, faults = [], []
    for row, name in enumerate(hosts.names):
        cost = costs.get(row)
        if isinstance(cost, float):
            kinds.append(Kind(name, ceil(cost * SCALE)))
        else:
            wrong = Wrong(Code.MISSING_VALUE, f"it is not known what {name} costs", "add its `cost`")
            faults.append(Fault((*hosts.places[row], "name"), wrong))
    if not hosts.names or len(hosts.names) > MOST_KINDS:
        message = (
            f"a catalogue has 1 to {MOST_KINDS} hosts, one of each kind, and this one has {len(hosts.names)}"
        )
        code = Code.TOO_LARGE if hosts.names else Code.MISSING_VALUE
        faults.append(Fault(("sites",), Wrong(code, message), at_key=True))
    return tuple(kinds), diagnose(catalogue.source, faults)
