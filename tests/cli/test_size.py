"""`placelang size`: how it ends, and what programs read."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter

from placelang.cli.exits import Exit
from placelang.whatif import Sizing
from tests.cli.console import Console
from tests.plan.fleets import fleet, host, site
from tests.whatif.fleets import PLACE

KINDS = fleet(site("kinds", host("small", memory="4GiB", cost=100), host("large", memory="16GiB", cost=300)))


def files(console: Console) -> tuple[str, ...]:
    console.write("shop.place", PLACE)
    console.write("large.place", PLACE.replace("4GiB", "40GiB"))
    console.write("short.yaml", fleet(site("s", host("s-1", memory="2GiB"))))
    console.write("full.yaml", fleet(site("s", host("s-1", memory="16GiB"))))
    console.write("kinds.yaml", KINDS)
    console.write("free.yaml", KINDS.replace("cost: 100", "rack: a"))
    return ("size", "shop.place", "-i", "short.yaml", "--catalogue", "kinds.yaml")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("size shop.place -i short.yaml --catalogue kinds.yaml", Exit.DONE),
        ("size shop.place -i full.yaml --catalogue kinds.yaml", Exit.DONE),
        ("size large.place -i short.yaml --catalogue kinds.yaml", Exit.PARTIAL),
        ("size shop.place -i short.yaml", Exit.USAGE),
        ("size shop.place --catalogue kinds.yaml", Exit.USAGE),
        ("size shop.place -i short.yaml --catalogue free.yaml", Exit.INPUT),
        ("size shop.place -i short.yaml --catalogue none.yaml", Exit.INPUT),
        ("size shop.place -i short.yaml --catalogue kinds.yaml --site nowhere", Exit.USAGE),
    ],
)
def test_the_code_says_whether_everything_fits_then(command: str, code: Exit, console: Console) -> None:
    files(console)
    console.run(*command.split(), code=code)


def test_the_document_is_what_the_schema_describes(console: Console) -> None:
    document = json.loads(console.run(*files(console), "--json", code=Exit.DONE).out)
    assert document.pop("format") == "placelang/sizing/1"
    schema = json.loads(console.run("schema", "sizing", code=Exit.DONE).out)
    assert set(document) == set(schema["properties"])
    found = TypeAdapter(Sizing).validate_json(json.dumps(document))
    assert [(a.kind, a.count) for one in found.sizes for a in one.add] == [("large", 1)]
