from __future__ import annotations

import json

import pytest

from tests.cli.console import Console

URL = "sqlite:///fleet.db"


def test_this_host_is_told_to_a_store_and_believed_as_a_probe(console: Console) -> None:
    console.run("inventory", "probe", "--host", "here", "--site", "gbg", "-i", URL, code=0)
    shown = json.loads(console.run("inventory", "show", "here", "-i", URL, "--json", code=0).out)
    trust = {one["fact"]: one["trust"] for one in shown["things"][0]["facts"]}
    assert trust["memory"] == "probe"
    assert trust["up"] == "probe"


def test_what_a_probe_wrote_is_added_as_it_is(console: Console) -> None:
    console.write("here.json", console.run("inventory", "probe", "--host", "here", "--json", code=0).out)
    console.run("inventory", "add", "here.json", "-i", URL, code=0)
    assert "unassigned" in console.run("inventory", "list", "-i", URL, code=0).out


def test_a_damaged_document_of_a_probe_is_refused(console: Console) -> None:
    console.write("here.json", '{"format": "placelang/host-facts/1", "host": 3}')
    result = console.run("inventory", "add", "here.json", "-i", URL, code=1)
    assert "this is not what a probe writes: host" in result.err


def test_rules_are_those_that_placement_files_declare(console: Console) -> None:
    name, _ = console.example("retail")
    rules = json.loads(console.run("inventory", "rules", name, code=0).out)
    assert rules["kinds"]["camera"] == ['SUBSYSTEM=="video4linux", ATTRS{idVendor}=="046d"']


def test_a_plan_carries_the_rules_that_a_probe_looks_by(console: Console) -> None:
    console.write("a.place", 'device nothing { udev \'KERNEL=="null", SUBSYSTEM=="mem"\' }\n')
    console.write(
        "fleet.yaml", "format: placelang/inventory/1\nsites: [{name: gbg, hosts: [{name: here}]}]\n"
    )
    console.run("plan", "a.place", "-i", "fleet.yaml", "-o", "plan.json", code=0)
    console.write("rules.json", console.run("inventory", "rules", "a.place", code=0).out)
    by_plan, by_rules = (
        json.loads(console.run("inventory", "probe", "--host", "here", "--rules", file, "--json", code=0).out)
        for file in ("plan.json", "rules.json")
    )
    assert by_plan["devices"] == by_rules["devices"]
    assert [device["kind"] for device in by_plan["devices"]] == ["nothing"]


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"format": "placelang/device-kinds/1", "kinds": {"camera": ["RUN+=\\"/bin/rm\\""]}}'],
)
def test_rules_that_nobody_declared_are_refused(console: Console, text: str) -> None:
    console.write("rules.json", text)
    result = console.run("inventory", "probe", "--rules", "rules.json", code=2)
    assert "is neither a plan nor what `placelang inventory rules` writes" in " ".join(result.err.split())
