"""What a test gives, as the world sees it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.codes import Code
from placelang.columns import Numbers
from placelang.diagnostics import Diagnostic
from placelang.inventory import Inventory, inventory_digest
from placelang.testing.alter import alter
from placelang.types import Value
from placelang.world import World
from tests.testing.fleets import facts, fleet, world

EXPECT = "expect shop.till"


def altered(*steps: str) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    return alter(facts(), fleet(*steps, EXPECT).tests[0].given)


def seen(*steps: str) -> World:
    program = fleet(*steps, EXPECT)
    inventory, faults = alter(facts(), program.tests[0].given)
    assert not faults
    return world(inventory, program)


def value(of: World, noun: str, name: str, fact: str) -> Value | None:
    table = of.table(noun)
    column = table.resources[fact] if fact in table.resources else table.facts[fact]
    return column.value(table.rows[name])


def test_nothing_given_is_the_inventory_as_it_is() -> None:
    assert inventory_digest(altered()[0]) == inventory_digest(facts())


@pytest.mark.parametrize(
    ("step", "noun", "name", "fact", "now"),
    [
        ('given host "gbg-1" is down', "host", "gbg-1", "up", False),
        ('given host "gbg-1" is up', "host", "gbg-1", "up", True),
        ('given site "gbg" is down', "host", "gbg-2", "up", False),
        ('given site "gbg" is down', "host", "mma-1", "up", True),
        ('given site "gbg" is closed', "site", "gbg", "closed", True),
        ('given site "mma" is closed', "site", "mma", "closed", True),
        ('given host "gbg-2" memory = 2GiB', "host", "gbg-2", "memory", 2.0 * 2**30),
        ('given host "gbg-2" disk = 1.5GiB', "host", "gbg-2", "disk", 1.5 * 2**30),
        ('given host "gbg-2" cpu.cores = 500m', "host", "gbg-2", "cpu.cores", 0.5),
        ('given host "gbg-2" role = "gateway"', "host", "gbg-2", "role", "gateway"),
        ('given host "gbg-2" tags = ["a", "b"]', "host", "gbg-2", "tags", ("a", "b")),
        ('given host "gbg-2" spare = false', "host", "gbg-2", "spare", False),
        ('given host "gbg-2" slots = 3', "host", "gbg-2", "slots", 3.0),
        ('given host "gbg-2" seats = 7', "host", "gbg-2", "seats", 7.0),
        ('given gpu "gbg-1/gpu0" memory = 8GiB', "gpu", "gbg-1/gpu0", "memory", 8.0 * 2**30),
        ('given device "gbg-1/entrance" kind = "door"', "device", "gbg-1/entrance", "kind", "door"),
        ('given host "gbg-1" memory is unknown', "host", "gbg-1", "memory", None),
        ('given host "gbg-2" disk is unknown', "host", "gbg-2", "disk", None),
        ('given host "gbg-1" role is unknown', "host", "gbg-1", "role", None),
        ('given host "gbg-1" spare is unknown', "host", "gbg-1", "spare", None),
        ('given site "gbg" closed is unknown', "site", "gbg", "closed", None),
        ('given host "gbg-1" seats is unknown', "host", "gbg-1", "seats", None),
        ('given host "gbg-1" up is unknown', "host", "gbg-1", "up", None),
        ('given device "gbg-1/entrance" is gone', "host", "gbg-1", "device.camera", 0.0),
        ('given device "gbg-2/exit" like "gbg-1/entrance"', "host", "gbg-2", "device.camera", 1.0),
        ('given host "gbg-1" devices is unknown', "host", "gbg-1", "device.camera", None),
    ],
)
def test_a_fact_is_what_is_given(step: str, noun: str, name: str, fact: str, now: object) -> None:
    assert value(seen(step), noun, name, fact) == now


def test_a_host_of_which_nothing_was_heard_is_not_taken_to_be_up() -> None:
    stale = [(s.thing, s.fact) for s in seen('given host "gbg-2" up is unknown').stale]
    assert stale == [("gbg-2", "up")]


def test_a_site_that_is_gone_takes_along_what_stands_in_it() -> None:
    found = seen('given site "gbg" is gone')
    assert (found.sites.names, found.hosts.names, found.gpus.names, found.devices.names) == (
        ("mma",),
        ("mma-1",),
        (),
        (),
    )
    assert found.hosts.parents.tolist() == [0]


def test_a_host_that_is_gone_takes_along_its_things_alone() -> None:
    found = seen('given host "gbg-1" is gone')
    assert (found.sites.names, found.hosts.names, found.devices.names) == (
        ("gbg", "mma"),
        ("gbg-2", "mma-1"),
        (),
    )


def test_a_host_like_another_is_the_same_but_for_its_name() -> None:
    found = seen('given host "gbg-0" like "gbg-1"')
    assert found.hosts.names == ("gbg-0", "gbg-1", "gbg-2", "mma-1")
    assert found.gpus.names == ("gbg-0/gpu0", "gbg-1/gpu0")
    assert found.devices.names == ("gbg-0/entrance", "gbg-1/entrance")
    table = found.hosts
    new, model = table.rows["gbg-0"], table.rows["gbg-1"]
    assert table.parents[new] == table.parents[model]
    for name, column in (*table.facts.items(), *table.resources.items()):
        if name != "name":
            assert column.value(new) == column.value(model), name
    for complete in table.complete.values():
        assert complete[new] == complete[model]


def test_what_is_given_holds_in_order() -> None:
    found = seen(
        'given host "new" like "gbg-1"', 'given host "new" memory = 1GiB', 'given gpu "new/gpu0" is gone'
    )
    assert value(found, "host", "new", "memory") == 2**30
    assert value(found, "host", "gbg-1", "memory") == 8 * 2**30
    assert found.gpus.names == ("gbg-1/gpu0",)


@pytest.mark.parametrize(
    ("step", "code", "message", "hint"),
    [
        (
            'given host "gbg-11" is down',
            Code.UNKNOWN_NAME,
            "there is no host `gbg-11` in inventory.yaml",
            "did you mean `gbg-1` or `gbg-2`?",
        ),
        (
            'given site "gbgg" is gone',
            Code.UNKNOWN_NAME,
            "there is no site `gbgg` in inventory.yaml",
            "did you mean `gbg`?",
        ),
        (
            'given gpu "gbg-1/gpu1" memory = 8GiB',
            Code.UNKNOWN_NAME,
            "there is no gpu `gbg-1/gpu1` in inventory.yaml",
            "did you mean `gbg-1/gpu0`?",
        ),
        (
            'given host "new" like "gbg1"',
            Code.UNKNOWN_NAME,
            "there is no host `gbg1` in inventory.yaml",
            "did you mean `gbg-1`?",
        ),
        (
            'given host "gbg-2" like "gbg-1"',
            Code.DUPLICATE,
            "there is a host `gbg-2` in inventory.yaml already",
            "give the new one another name",
        ),
        (
            'given device "exit" like "gbg-1/entrance"',
            Code.UNKNOWN_NAME,
            "a device is called by its host and its own name, and `exit` begins with no host",
            "write `HOST/exit` with the name of a host",
        ),
        ('given host " " like "gbg-1"', Code.MALFORMED, "this is no name of a host", None),
    ],
)
def test_what_names_nothing_is_told(step: str, code: Code, message: str, hint: str | None) -> None:
    inventory, (fault,) = altered(step)
    assert (fault.code, fault.message, fault.hint) == (code, message, hint)
    assert fault.span is not None
    assert inventory_digest(inventory) == inventory_digest(facts())


def test_what_is_gone_cannot_be_changed_any_more() -> None:
    _, (fault,) = altered('given host "gbg-1" is gone', 'given host "gbg-1" memory = 2GiB')
    assert fault.message == "there is no host `gbg-1` in inventory.yaml"


HOSTS = ("gbg-1", "gbg-2", "mma-1")
STEPS = st.one_of(
    st.sampled_from(HOSTS).map(lambda h: f'given host "{h}" is gone'),
    st.sampled_from(HOSTS).map(lambda h: f'given host "{h}-b" like "{h}"'),
    st.sampled_from(HOSTS).map(lambda h: f'given host "a-{h}" like "{h}"'),
    st.sampled_from(("gbg", "mma")).map(lambda s: f'given site "{s}" is gone'),
    st.just('given gpu "gbg-1/gpu0" is gone'),
    st.just('given device "mma-1/door" like "gbg-1/entrance"'),
)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.lists(STEPS, max_size=5, unique=True))
def test_rows_stay_in_order_and_what_is_not_named_stays_as_it_was(steps: list[str]) -> None:
    program = fleet(*steps, EXPECT)
    inventory, _ = alter(facts(), program.tests[0].given)
    before, after = world(facts(), program), world(inventory, program)
    assert list(after.hosts.names) == sorted(after.hosts.names)
    for noun in ("gpu", "device"):
        table = after.table(noun)
        owners = [after.hosts.names[parent] for parent in table.parents]
        assert owners == sorted(owners)
        assert all(name.startswith(f"{host}/") for name, host in zip(table.names, owners, strict=True))
    for name in set(after.hosts.names) & set(HOSTS):
        old, new = before.hosts.rows[name], after.hosts.rows[name]
        assert before.sites.names[before.hosts.parents[old]] == after.sites.names[after.hosts.parents[new]]
        for fact in ("memory", "disk", "up", "role", "spare"):
            assert before.hosts.facts[fact].value(old) == after.hosts.facts[fact].value(new)


def test_a_fact_of_one_host_leaves_the_others_alone() -> None:
    before, after = seen(), seen('given host "gbg-2" memory is unknown')
    columns = (before.hosts.facts["memory"], after.hosts.facts["memory"])
    assert all(isinstance(column, Numbers) for column in columns)
    differ = [before.hosts.names[row] for row in range(3) if columns[0].value(row) != columns[1].value(row)]
    assert differ == ["gbg-2"]
    assert np.array_equal(before.hosts.parents, after.hosts.parents)
