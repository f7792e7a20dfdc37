"""Predicates as they are written, over an inventory as it is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placelang.check import check
from placelang.containers import Address, Secret
from placelang.diagnostics import Diagnostic, Source
from placelang.evaluate import evaluate, truth, undecided_facts
from placelang.expressions import Expr
from placelang.inventory import parse_time, read_inventory
from placelang.load import Module, Modules
from placelang.parse import parse
from placelang.types import Value
from placelang.world import World, build_world


@dataclass(frozen=True)
class Fleet:
    """A world, and the predicates and texts of one program over it."""

    world: World
    predicates: tuple[tuple[str, Expr], ...]
    texts: tuple[Expr, ...]
    warnings: tuple[Diagnostic, ...]

    def truths(self, at: int = 0) -> dict[str, bool | None]:
        """By name, what the filter number `at` is for each thing that it filters."""
        noun, predicate = self.predicates[at]
        column = truth(predicate, self.world, noun)
        return {name: column.value(row) for row, name in enumerate(self.world.table(noun).names)}

    def missing(self, name: str, at: int = 0) -> list[str]:
        """What would decide the filter number `at` for one thing."""
        noun, predicate = self.predicates[at]
        row = self.world.table(noun).rows[name]
        return [str(fact) for fact in undecided_facts(predicate, self.world, noun, row)]

    def text(self, *hosts: str) -> list[Value | None]:
        """The first entry of the environment on some hosts."""
        rows = np.array([self.world.hosts.rows[name] for name in hosts], dtype=np.intp)
        column = evaluate(self.texts[0], self.world, "host", rows)
        return [column.value(row) for row in range(len(hosts))]


def fleet(inventory: str, clauses: str = "", declarations: str = "", at: str | None = None) -> Fleet:
    """One service with these clauses, over an inventory without its first line."""
    known, faults = read_inventory(Source("inventory.yaml", f"format: placelang/inventory/1\n{inventory}"))
    assert known is not None, faults
    text = f'{declarations}\napp a {{\nservice s {{\nimage "x"\nreplicas 1 per host\n{clauses}\n}}\n}}\n'
    source = Source("fleet.place", text)
    tree, faults = parse(source)
    assert not faults, faults
    program, faults = check(Modules((Module(source, tree, is_root=True, is_policy=False),), complete=True))
    assert program is not None, faults
    world, warnings = build_world(known, program, parse_time(at) if at else None)
    service = program.apps[0].services[0]
    return Fleet(
        world,
        tuple((clause.noun, clause.predicate) for clause in service.filters),
        tuple(entry.value for entry in service.env if not isinstance(entry.value, Secret | Address)),
        warnings,
    )
