from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

import numpy as np
import pytest

from placelang.columns import Column, Numbers, Texts, Truth
from placelang.evaluate import evaluate, undecided_facts, undecided_facts_of
from placelang.expressions import Expr
from placelang.program import Derived
from placelang.types import BOOL, BYTES, NUMBER, STRING, VERSION
from placelang.world import World, build_world
from tests.evaluate.reference import Range, Thing, is_known, members, value
from tests.evaluate.worlds import FACTS, HERE, VALUES, Expressions, program, random_fleet, thing_of
from tests.inventory.documents import inventory

NOUNS = ["site", "host", "gpu", "device"]
KINDS = [BOOL, BOOL, NUMBER, BYTES, STRING, VERSION]


def tables(document: dict[str, Any]) -> dict[str, list[Thing]]:
    """The reference's things, in the order of the rows."""
    sites = [thing_of(site, "site", None) for site in document["sites"]]
    found = {"site": sites}
    found["host"] = sorted(
        (host for site in sites for host in members(site, "host")[0]), key=lambda host: host.name
    )
    for noun in ("gpu", "device"):
        found[noun] = [thing for host in found["host"] for thing in members(host, noun)[0]]
    return found


def shown(column: Column, row: int) -> Any:
    """One row as the reference has it."""
    match column:
        case Numbers(low, high):
            return Range(float(low[row]), float(high[row]))
        case Truth() | Texts():
            return column.value(row)


def world_of(document: dict[str, Any], derived: tuple[Derived, ...] = ()) -> World:
    world, faults = build_world(inventory(document), program(derived))
    assert not faults
    return world


def random_case(random: Random, *, divided: bool) -> tuple[dict[str, Any], tuple[Derived, ...], Expr, str]:
    """A fleet, derived facts that build on each other, and an expression over a noun that may use them."""
    expressions = Expressions(random, {noun: dict(named) for noun, named in FACTS.items()}, divided)
    derived = []
    for at in range(random.randint(0, 3)):
        noun, kind = random.choice(NOUNS), random.choice(KINDS)
        derived.append(Derived(noun, f"derived-{at}", expressions.make(kind, noun, 2), HERE))
        expressions.facts[noun][f"derived-{at}"] = kind
    noun = random.choice(NOUNS)
    return random_fleet(random), tuple(derived), expressions.make(random.choice(KINDS), noun), noun


@pytest.mark.parametrize("seed", range(25))
def test_columns_hold_what_the_reference_says_of_each_thing(seed: int) -> None:
    random = Random(seed)
    for _ in range(50):
        document, derived, expr, noun = random_case(random, divided=True)
        world = world_of(document, derived)
        definitions = {(d.noun, d.name): d.value for d in derived}
        expected = [value(expr, thing, definitions) for thing in tables(document)[noun]]
        column = evaluate(expr, world, noun)
        assert [shown(column, row) for row in range(len(column.known))] == expected, (expr, document, derived)
        assert column.known.tolist() == list(map(is_known, expected))
        rows = random.choices(range(len(expected)), k=3) if expected else []
        some = evaluate(expr, world, noun, np.array(rows, dtype=np.intp))
        assert [shown(some, at) for at in range(len(some.known))] == [expected[row] for row in rows]


@pytest.mark.parametrize("seed", range(20))
def test_the_facts_that_are_named_are_unknown_and_decide_it_once_they_are_known(seed: int) -> None:
    random = Random(seed)
    for _ in range(25):
        document, derived, expr, noun = random_case(random, divided=False)
        world = world_of(document, derived)
        known = evaluate(expr, world, noun).known
        every = undecided_facts_of(expr, world, noun, np.arange(len(known)))
        for row, missing in enumerate(every):
            assert bool(missing) != bool(known[row])
            for fact in missing:
                assert is_missing(fact.noun, fact.thing, fact.fact, world)
        for row in np.flatnonzero(~known).tolist()[:2]:
            assert every[row] == undecided_facts(expr, world, noun, row)
            name = world.table(noun).names[row]
            told = deepcopy(document)
            for fact in every[row]:
                find_out(told, fact.noun, fact.thing, fact.fact, random)
            after = world_of(told, derived)
            assert evaluate(expr, after, noun).known[after.table(noun).rows[name]], (expr, document, derived)


def is_missing(noun: str, thing: str, fact: str, world: World) -> bool:
    table = world.table(noun)
    row = table.rows[thing]
    return not (table.complete[fact][row] if fact in table.complete else table.facts[fact].known[row])


def find_out(document: dict[str, Any], noun: str, name: str, fact: str, random: Random) -> None:
    """Writes some value for a fact into the document, or that a list is complete."""
    written = written_thing(document, noun, name)
    if fact in ("hosts", "gpus", "devices"):
        found = written.get(fact)
        written[fact] = found["value"] if isinstance(found, dict) else []
        return
    found = random.choice(VALUES[FACTS[noun][fact]])
    if fact in written["labels"]:
        written["labels"][fact] = found
    elif fact == "cpu.cores":
        written["cpu"]["cores"] = found
    else:
        written[fact] = found


def written_thing(document: dict[str, Any], noun: str, name: str) -> dict[str, Any]:
    """The thing of that name as it is written."""
    sites: dict[str, dict[str, Any]] = {site["name"]: site for site in document["sites"]}
    if noun == "site":
        return sites[name]
    host_name, _, member = name.partition("/")
    hosts = {host["name"]: host for site in sites.values() for host in listed(site, "hosts")}
    if noun == "host":
        return hosts[host_name]
    return listed(hosts[host_name], f"{noun}s")[int(member.removeprefix(noun))]


def listed(written: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = written.get(key) or []
    members: list[dict[str, Any]] = found["value"] if isinstance(found, dict) else found
    return members
