"""`placelang plan` on the examples: what people see, what programs read, and that both are the same every time."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from placelang.cli import workers
from placelang.cli.exits import Exit
from placelang_runtime.plan import Plan
from tests.cli.console import Console, process

GOLDEN = Path(__file__).with_name("golden")
ENDS = {"retail": Exit.PARTIAL, "factory": Exit.DONE, "tiny": Exit.DONE}
VIEWS = {
    "retail": ("retail", ()),
    "retail-hosts": ("retail", ("--hosts", "--site", "gbg")),
    "retail-verbose": ("retail", ("--site", "mma", "--verbose")),
    "factory": ("factory", ()),
    "factory-hosts": ("factory", ("--hosts",)),
    "tiny": ("tiny", ()),
}


@pytest.mark.parametrize("view", VIEWS)
def test_the_plan_of_an_example_reads_as_recorded(
    view: str, console: Console, request: pytest.FixtureRequest
) -> None:
    example, options = VIEWS[view]
    file, inventory = console.example(example)
    shown = console.run("plan", file, "--inventory", inventory, *options, code=ENDS[example]).out
    recorded = GOLDEN / f"{view}.txt"
    if request.config.getoption("--update-golden"):
        recorded.parent.mkdir(exist_ok=True)
        recorded.write_text(shown, encoding="utf-8")
    else:
        assert shown == recorded.read_text(encoding="utf-8")


@pytest.mark.parametrize("example", ENDS)
def test_json_is_the_document_that_output_writes(example: str, console: Console) -> None:
    file, inventory = console.example(example)
    arguments = ("plan", file, "--inventory", inventory, "--output", "plan.json", "--json")
    printed = console.run(*arguments, code=ENDS[example]).out
    assert printed == (console.folder / "plan.json").read_text(encoding="utf-8")
    assert Plan.model_validate_json(printed).header.outcome in ("complete", "partial")


def test_a_plan_is_the_same_bytes_whatever_the_hash_seed(console: Console) -> None:
    file, inventory = console.example("retail")
    plans = {
        process(
            "plan", file, "-i", inventory, "--json", cwd=console.folder, environment={"PYTHONHASHSEED": seed}
        ).out
        for seed in ("0", "1")
    }
    assert len(plans) == 1


FLEET = """
app shop {
  service till { replicas 1 per site; needs memory 2GiB }
  service desk { replicas 2 per site; needs memory 1GiB; at most 1 per host }
}
"""


def test_a_plan_is_the_same_bytes_whatever_the_number_of_workers(console: Console) -> None:
    random = Random(1)
    sites = [
        {
            "name": f"s{n:02}",
            "hosts": [{"name": f"s{n:02}-{h}", "memory": f"{random.randint(2, 9)}GiB"} for h in range(3)],
        }
        for n in range(50)
    ]
    inventory = console.write("fleet.json", json.dumps({"format": "placelang/inventory/1", "sites": sites}))
    file = console.write("shop.place", FLEET)
    plans = {
        process("plan", file, "-i", inventory, "--json", "--workers", workers, cwd=console.folder).out
        for workers in ("1", "4")
    }
    assert len(plans) == 1


def test_large_files_are_worth_a_process_for_each_core(tmp_path: Path) -> None:
    large = tmp_path / "fleet.json"
    large.write_bytes(b" " * workers.LARGE)
    assert workers.worthwhile((str(large), None)) == min(8, workers.cores())
    small = tmp_path / "small.json"
    small.write_text("{}")
    assert workers.worthwhile((str(small), None)) == workers.worthwhile(("sqlite:///x.db", small)) == 1


@pytest.mark.parametrize("example", ENDS)
def test_verify_agrees_with_the_plan_of_an_example(example: str, console: Console) -> None:
    file, inventory = console.example(example)
    console.run("plan", file, "--inventory", inventory, "--output", "plan.json", code=ENDS[example])
    console.run("verify", "plan.json", file, "--inventory", inventory, "--replay", code=Exit.DONE)


def test_planning_again_against_the_plan_changes_nothing(console: Console) -> None:
    file, inventory = console.example("retail")
    arguments = ("plan", file, "--inventory", inventory)
    console.run(*arguments, "--output", "plan.json", code=Exit.PARTIAL)
    again = console.run(*arguments, "--current", "plan.json", code=Exit.PARTIAL).out
    assert "Changes: 0 start, 0 move, 0 stop" in again


def test_settings_of_the_folder_take_the_place_of_flags(console: Console) -> None:
    file, inventory = console.example("retail")
    console.write("placelang.toml", f'inventory = "{inventory}"\n[params]\nfootage = "100GiB"\n')
    header = json.loads(console.run("plan", file, "--json", code=Exit.PARTIAL).out)["header"]
    assert header["params"]["footage"] == "100GiB"
    header = json.loads(console.run("plan", file, "--json", "--set", "footage=90GiB", code=Exit.PARTIAL).out)[
        "header"
    ]
    assert header["params"]["footage"] == "90GiB"


@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_label_that_does_not_fit_is_a_warning_told_once(command: str, console: Console) -> None:
    file, inventory = console.example("factory")
    path = console.folder / inventory
    path.write_text(path.read_text().replace("line: press,", "line: pressing,", 1))
    ended = console.run(command, file, "--inventory", inventory)
    assert ended.err.count("warning[") == 1
    assert "1 warning" in ended.err


def test_paths_of_the_settings_are_shown_from_here(console: Console) -> None:
    console.write("placelang.toml", 'inventory = "fleet.yaml"\n')
    console.write("below/a.place", "")
    console.patch.chdir(console.folder / "below")
    assert "--> ../fleet.yaml\n" in console.run("plan", "a.place", code=Exit.INPUT).err


def test_without_an_inventory_it_says_where_one_can_come_from(console: Console) -> None:
    file, _ = console.example("tiny")
    said = console.run("plan", file, code=Exit.USAGE).err
    assert all(way in said for way in ("--inventory", "PLACELANG_INVENTORY", "placelang.toml"))


@pytest.mark.parametrize("kind", ["inventory", "plan", "problem"])
def test_schemas_are_json_schemas(kind: str, console: Console) -> None:
    schema = json.loads(console.run("schema", kind, code=Exit.DONE).out)
    assert schema["type"] == "object"
    assert set(schema["required"]) <= set(schema["properties"])
