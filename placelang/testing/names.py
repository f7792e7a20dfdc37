"""The names of sites and hosts in what a test expects: those that an inventory does not have are diagnostics."""

from __future__ import annotations

from collections.abc import Iterator

from placelang.diagnostics import Diagnostic
from placelang.expectations import Expect, ExpectMoves, ExpectPlaced, ExpectUndecided, Named
from placelang.expressions import Comparison, Constant, Expr, Fact, Membership, operands
from placelang.inventory import Inventory
from placelang.testing.alter import unknown
from placelang.testing.things import tables


def unknown_names(expect: Expect, inventories: tuple[Inventory, ...]) -> tuple[Diagnostic, ...]:
    """What an expectation names that none of the inventories has: as it is, and as the test gives it."""
    if isinstance(expect, ExpectMoves):
        return ()
    named = [("site", expect.site)] if expect.site else []
    if isinstance(expect, ExpectPlaced | ExpectUndecided) and expect.hosts is not None:
        named += _compared(expect.hosts)
    known = {
        noun: dict.fromkeys(name for inventory in inventories for name in tables(inventory)[noun].names)
        for noun in ("site", "host")
    }
    return tuple(
        unknown(noun, name, known[noun], inventories[0])
        for noun, name in named
        if name.text not in known[noun]
    )


def _compared(expr: Expr) -> Iterator[tuple[str, Named]]:
    """The names of sites and hosts with which names are compared: `name != "gbg-1"`, `name in ["gbg-1", "gbg-2"]`."""
    match expr:
        case Comparison(operator="==" | "!=", left=Fact(name="name") as fact, right=Constant() as constant):
            yield from _names(fact, constant)
        case Comparison(operator="==" | "!=", left=Constant() as constant, right=Fact(name="name") as fact):
            yield from _names(fact, constant)
        case Membership(item=Fact(name="name") as fact, collection=Constant() as constant):
            yield from _names(fact, constant)
        case _:
            for operand in operands(expr):
                yield from _compared(operand)


def _names(fact: Fact, constant: Constant) -> Iterator[tuple[str, Named]]:
    values = constant.value if isinstance(constant.value, tuple) else (constant.value,)
    for value in values:
        if fact.noun in {"site", "host"} and isinstance(value, str):
            yield fact.noun, Named(value, constant.span)
