"""`placelang facts`: every fact with an example that is right, what a fleet declares, and names that nothing has."""

from __future__ import annotations

import json

import pytest

from placelang.check import check
from placelang.check.expressions import condition
from placelang.check.faults import Faults
from placelang.check.scope import Scope, Tables
from placelang.diagnostics import Source
from placelang.facts import AMOUNTS, FACTS, METRICS, PROFILE
from placelang.load import load
from placelang.parse import parse
from placelang.reference import TOPICS, Row, built_in
from placelang.syntax import Let
from placelang.types import BOOL
from tests.cli.console import Console

CONDITIONS = [row for row in built_in() if row.topic != "resource"]
CLAUSES = [row for row in built_in() if row.topic == "resource"]


def scopes(row: Row, faults: Faults) -> list[Scope]:
    """Where the example of a row can stand."""
    scope = Scope(Tables(models={None: ("detector",)}), faults)
    if row.topic != "metric":
        return [scope.inside("host" if row.topic == "model" else row.topic)]
    spec = METRICS[row.name.partition("(")[0]]
    return [scope.of_metrics("model"), *([scope.of_metrics("service")] if spec.service else [])]


@pytest.mark.parametrize("row", CONDITIONS, ids=lambda row: f"{row.topic}.{row.name}")
def test_every_example_is_a_condition_about_its_fact(row: Row) -> None:
    tree, slips = parse(Source("example.place", f"let example = {row.example}\n"))
    [let] = tree.statements
    assert isinstance(let, Let)
    faults = Faults(complete=True)
    for scope in scopes(row, faults):
        found = condition(let.value, scope)
        assert (slips, faults.diagnostics()) == ((), ())
        assert found is not None
        assert found.type == BOOL
    assert row.name.partition("(")[0] in row.example


@pytest.mark.parametrize("row", CLAUSES, ids=lambda row: row.name)
def test_every_example_of_a_need_is_a_clause(row: Row, console: Console) -> None:
    text = f'device camera {{ udev \'KERNEL=="x"\' }}\napp a {{ service s {{ image "x"; {row.example} }} }}\n'
    path = console.folder / console.write("a.place", text)
    modules, faults = load([path])
    assert (faults, check(modules)[1]) == ((), ())


def test_every_fact_is_shown(console: Console) -> None:
    shown = console.run("facts", code=0).out
    names = {name for noun in FACTS for name in FACTS[noun]} | set(METRICS) | set(PROFILE) | set(AMOUNTS)
    assert {name for name in names if name not in shown} == set()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_noun_is_shown_by_itself(topic: str, console: Console) -> None:
    rows = json.loads(console.run("facts", topic, "--json", code=0).out)["facts"]
    assert [row["name"] for row in rows] == [row.name for row in built_in() if row.topic == topic]
    assert {row["noun"] for row in rows} == {topic}


def test_units_are_those_of_the_type(console: Console) -> None:
    rows = json.loads(console.run("facts", "host", "--json", code=0).out)["facts"]
    units = {row["name"]: row["units"] for row in rows}
    assert units["power"] == ["mW", "W", "kW"]
    assert units["cpu.cores"] == units["arch"] == []


@pytest.mark.parametrize(
    ("written", "meant"), [("hosts", "host"), ("devise", "device"), ("metrics", "metric")]
)
def test_an_unknown_noun_leads_to_the_nearest(written: str, meant: str, console: Console) -> None:
    assert f"did you mean `{meant}`?" in console.run("facts", written, code=2).err


def test_what_is_near_nothing_leads_to_all(console: Console) -> None:
    said = " ".join(console.run("facts", "memory", code=2).err.split())
    assert f"there are {', '.join(TOPICS)}" in said


FLEET = """
label host.role: string in ["gateway", "worker"] = "worker" from "example.com/role"
label site.floors: number
let host.big = memory >= 16GiB
    and cpu.cores >= 8
resource till-seats: number
device camera { udev 'SUBSYSTEM=="video4linux"' }
app shop {
  let host.near = site.latency("hub") <= 5ms
  service till { image "registry.example.com/shop/till:1"; needs till-seats 1 }
}
"""


def test_a_fleet_adds_what_it_declares(console: Console) -> None:
    out = console.run("facts", "--of", console.write("shop.place", FLEET), "--json", code=0).out
    own = [row for row in json.loads(out)["facts"] if not any(row["name"] == b.name for b in built_in())]
    assert [(row["noun"], row["name"], row["type"], row["meaning"], row["example"]) for row in own] == [
        ("site", "floors", "number", "label", "floors >= 4"),
        ("host", "big", "bool", "derived: memory >= 16GiB and cpu.cores >= 8", "big"),
        ("host", "device.camera", "number", "how many there are", "device.camera >= 1"),
        ("host", "near", "bool", 'in the app shop: site.latency("hub") <= 5ms', "near"),
        (
            "host",
            "role",
            "string",
            'label; one of "gateway", "worker"; "worker" where none is recorded; from "example.com/role"',
            'role == "gateway"',
        ),
        ("resource", "till-seats", "number", "declared", "needs till-seats 4"),
    ]


def test_a_fleet_that_is_wrong_is_told(console: Console) -> None:
    path = console.write("shop.place", "app shop { service till { hosts where memmory >= 1GiB } }\n")
    assert "did you mean `memory`?" in console.run("facts", "host", "--of", path, code=1).err
