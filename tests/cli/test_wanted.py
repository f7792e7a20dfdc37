"""`placelang inventory wanted`, and what plans and explanations end with."""

from __future__ import annotations

import json

import pytest

from tests.cli.console import Console

PLACE = 'app a { service s { image "i"; replicas 1 per site; needs memory 2GiB; at most 1 per rack } }'
FACTS = """
format: placelang/inventory/1
observed: 2026-03-02T05:45:00Z
sites:
  - {name: gbg, hosts: [{name: gbg-1, gpus: []}]}
"""
URL = "sqlite:///fleet.db"


@pytest.fixture
def waiting(console: Console) -> Console:
    (console.folder / "a.place").write_text(PLACE)
    (console.folder / "fleet.yaml").write_text(FACTS)
    return console


def test_a_to_do_names_site_fact_reason_and_command(waiting: Console) -> None:
    shown = waiting.run("inventory", "wanted", "a.place", "-i", "fleet.yaml", code=0).out
    assert shown.splitlines() == [
        "2 facts to find out: 1 of 1 group left out would fit",
        "",
        "gbg",
        "  a@gbg would fit with all of this",
        "    memory of gbg-1 >= 2GiB",
        "      on gbg-1: placelang inventory probe --site gbg",
        '    rack of gbg-1 is known, such as "other"',
        "      write it in the inventory, at gbg-1",
    ]


def test_for_a_store_the_commands_tell_it(waiting: Console) -> None:
    waiting.run("inventory", "add", "fleet.yaml", "-i", URL, code=0)
    shown = waiting.run("inventory", "wanted", "a.place", "-i", URL, "--json", code=0).out
    facts = [fact for wanted in json.loads(shown)["lists"] for fact in wanted["facts"]]
    assert [fact["how"] for fact in facts] == [
        f"on gbg-1: placelang inventory probe --site gbg --inventory {URL}",
        f"write it in gbg.yaml: placelang inventory add gbg.yaml --inventory {URL}",
    ]


def test_it_is_written_to_a_file(waiting: Console) -> None:
    said = waiting.run("inventory", "wanted", "a.place", "-i", "fleet.yaml", "-o", "to-do.txt", code=0)
    assert said.out == ""
    assert "memory of gbg-1 >= 2GiB" in (waiting.folder / "to-do.txt").read_text()


def test_plan_and_explain_end_with_it(waiting: Console) -> None:
    shown = waiting.run("plan", "a.place", "-i", "fleet.yaml", code=3).out
    assert "all of it, by site: placelang inventory wanted a.place -i fleet.yaml" in shown
    explained = waiting.run("explain", "a.place", "a.s", "-i", "fleet.yaml", code=0).out
    ending = "    memory of gbg-1 >= 2GiB  [on gbg-1: placelang inventory probe --site gbg]"
    assert ending in explained
    assert "    memory of gbg-1 >= 2GiB\n      on gbg-1: placelang inventory probe --site gbg\n" in shown


def test_nothing_is_wanted_where_nothing_is_left_out(waiting: Console) -> None:
    (waiting.folder / "fleet.yaml").write_text(FACTS.replace("gpus: []", "memory: 4GiB, rack: left"))
    assert (
        waiting.run("inventory", "wanted", "a.place", "-i", "fleet.yaml", code=0).out
        == "Nothing is left out.\n"
    )


def test_names_from_files_do_not_reach_the_terminal_raw(waiting: Console) -> None:
    (waiting.folder / "a.place").write_text(
        'label host.role: string app a { service s { image "i"; hosts where role == "\\u001b[2J" } }'
    )
    result = waiting.run("inventory", "wanted", "a.place", "-i", "fleet.yaml")
    assert "\x1b" not in result.out + result.err
