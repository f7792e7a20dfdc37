"""Plans that cannot be had: the command says why, names the clause, and ends as it promises to."""

from __future__ import annotations

import json

import pytest

from placelang.cli.exits import Exit
from tests.cli.console import Console
from tests.plan.fleets import fleet, host, site

IMAGE = 'image "a/b:1"'


def service(name: str, *clauses: str) -> str:
    return "\n".join(("service " + name + " {", "replicas 1 per site", IMAGE, *clauses, "}\n"))


BARE = "format: placelang/inventory/1\nsites:\n  - {name: x, hosts: []}\n"
TWO = fleet(site("x", host("x1"), host("x2")))
LIKED = 'prefer hosts where name == "x1" weight 4'
CASES = {
    "contradictory clauses": (
        service("s", "same host as t") + service("t", "different host than s"),
        TWO,
        ["same host as t", "different host than s", "without `"],
    ),
    "a demand larger than any host": (
        service("s", "needs memory 1TiB"),
        TWO,
        ["needs 1TiB of memory", "memory 1TiB", "8GiB"],
    ),
    "a site without hosts": (service("s"), BARE, ["there is no host for a.s"]),
    "hosts without capacity": (
        service("s", "needs memory 1MiB"),
        fleet(site("x", host("x1", memory="0B"))),
        ["needs 1MiB of memory", "0B"],
    ),
    "a label that no host has": (
        service("s", 'hosts where "blue" in tags'),
        fleet(site("x", host("x1", tags="[]"))),
        ['hosts where "blue" in tags'],
    ),
    "more replicas than fit": (
        "service s {\nreplicas 100000 per site\n" + IMAGE + "\nneeds cpu 1\n}\n",
        TWO,
        ["needs 100000 replicas, all its hosts together hold 8"],
    ),
}


@pytest.mark.parametrize("budget", ["10", "0"])
@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_placed_is_told_with_its_reason(console: Console, case: str, budget: str) -> None:
    body, facts, said = CASES[case]
    console.write("a.place", f"app a {{\n{body}}}\n")
    console.write("inventory.yaml", facts)
    found = console.run("plan", "a.place", "-i", "inventory.yaml", "--budget", budget)
    if budget != "0" or case != "contradictory clauses":
        assert found.code == Exit.PARTIAL
        assert "a at x" in found.out
        for words in said:
            assert words in found.out
    else:
        assert found.code == Exit.BUDGET
        assert "the budget ended" in found.out


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_placed_is_explained(console: Console, case: str) -> None:
    body, facts, _ = CASES[case]
    console.write("a.place", f"app a {{\n{body}}}\n")
    console.write("inventory.yaml", facts)
    found = console.run("explain", "a.place", "-i", "inventory.yaml", "a.s", code=Exit.DONE)
    assert "left out" in found.out or "wanted nowhere" in found.out
    assert "Traceback" not in found.err


def test_what_excludes_a_service_is_data_too(console: Console) -> None:
    body, facts, _ = CASES["contradictory clauses"]
    console.write("a.place", f"app a {{\n{body}}}\n")
    console.write("inventory.yaml", facts)
    found = json.loads(console.run("explain", "a.place", "-i", "inventory.yaml", "a.s", "--json").out)
    (unit,) = found["units"]
    clash = unit["left_out"]["clash"]
    assert clash["minimal"]
    assert {member["clause"]["text"] for member in clash["members"]} == {
        "same host as t",
        "different host than s",
    }


def test_what_another_host_would_cost_is_data_too(console: Console) -> None:
    console.write("a.place", f"app a {{\n{service('s', LIKED)}}}\n")
    console.write("inventory.yaml", TWO)
    found = json.loads(console.run("explain", "a.place", "-i", "inventory.yaml", "a.s", "--json").out)
    here, there = found["units"][0]["hosts"]
    assert here["margin"] == {"level": "preferences 0", "value": 0, "instead": 4, "hosts": ["x2"]}
    assert there["margin"] == here["margin"]


@pytest.mark.parametrize("amount", ["-1GiB", "99999999999999999999GiB", "1e999", ".nan", ".inf"])
def test_a_number_that_cannot_be_is_refused_where_it_stands(console: Console, amount: str) -> None:
    console.write("a.place", f"app a {{\n{service('s', 'needs memory 1GiB')}}}\n")
    console.write("inventory.yaml", fleet(site("x", host("x1", memory=amount))))
    found = console.run("plan", "a.place", "-i", "inventory.yaml", code=Exit.INPUT)
    assert "inventory.yaml:" in found.err


def test_thousands_of_services_on_one_host_are_placed_or_named(console: Console) -> None:
    count = 2_000
    apps = "".join(
        f"app a{n} {{ service s {{ replicas 1; {IMAGE}; needs cpu 4m }} }}\n" for n in range(count)
    )
    console.write("a.place", apps)
    console.write("inventory.yaml", fleet(site("x", host("x1"))))
    found = console.run("plan", "a.place", "-i", "inventory.yaml", "--budget", "0")
    assert "1000 of 2000 groups placed" in found.out
    assert "Left out: 1000 groups" in found.out
