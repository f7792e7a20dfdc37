"""`placelang whatif` on an example: what people see, what programs read, how it ends."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter

from placelang.cli.exits import Exit
from placelang.whatif import Difference, Survey
from tests.cli.console import Console


def test_the_document_is_what_the_schema_describes(console: Console) -> None:
    file, inventory = console.example("retail")
    shown = console.run("whatif", file, "-i", inventory, "--lose", "gbg-1", "--json", code=Exit.PARTIAL).out
    document = json.loads(shown)
    assert document.pop("format") == "placelang/whatif/1"
    schema = json.loads(console.run("schema", "whatif", code=Exit.DONE).out)
    assert set(document) == set(schema["properties"])
    found = TypeAdapter(Difference).validate_json(json.dumps(document))
    assert found.then.placed < found.today.placed


def test_a_survey_is_what_its_schema_describes(console: Console) -> None:
    file, inventory = console.example("factory")
    document = json.loads(console.run("whatif", file, "-i", inventory, "--survey", "--json").out)
    assert document.pop("format") == "placelang/survey/1"
    schema = json.loads(console.run("schema", "survey", code=Exit.DONE).out)
    assert set(document) == set(schema["properties"])
    assert TypeAdapter(Survey).validate_json(json.dumps(document)).hosts == document["hosts"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("", Exit.USAGE),
        ("--lose aar-pos", Exit.PARTIAL),
        ("--set-fact gbg-1.memory=unknown", Exit.DONE),
        ("--add gbg-1=1", Exit.DONE),
        ("--drain gbg-1", Exit.PARTIAL),
        ("--lose no-such-host", Exit.INPUT),
        ("--add small@gbg=1 --catalogue no-such-file.yaml", Exit.INPUT),
        ("--lose gbg-1 --at noon", Exit.USAGE),
        ("--survey --lose site:gbg", Exit.PARTIAL),
        ("--survey --lose no-such-host", Exit.INPUT),
    ],
)
def test_the_code_says_whether_anything_is_lost(options: str, code: Exit, console: Console) -> None:
    file, inventory = console.example("retail")
    console.run("whatif", file, "-i", inventory, *options.split(), code=code)


def test_the_plan_that_runs_is_where_today_starts(console: Console) -> None:
    file, inventory = console.example("retail")
    console.run("plan", file, "-i", inventory, "-o", "plan.json", code=Exit.PARTIAL)
    options = ("whatif", file, "-i", inventory, "--lose", "gbg-1", "--json")
    without = console.run(*options, code=Exit.PARTIAL).out
    assert console.run(*options, "--current", "plan.json", code=Exit.PARTIAL).out == without
