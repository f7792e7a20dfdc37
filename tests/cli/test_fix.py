"""`placelang check --fix` as a person uses it."""

from __future__ import annotations

import json

from placelang.cli.exits import Exit
from tests.cli.console import EXAMPLES, Console

SLIPS = (
    ('kind == "store" and', 'knid == "store" and'),
    ("cpu 1.5, memory 2GiB", "cpu 1.5, memory 2Gi"),
    ("every 10s timeout", "every 10sec timeout"),
    ("restart  on-failure", "restrat  on-failure"),
)


def test_slips_in_several_files_are_repaired_and_the_fleet_is_sound_again(console: Console) -> None:
    file, _ = console.example("retail")
    for name, before, after in (
        *((file, *slip) for slip in SLIPS),
        ("checkout.place", "not closed", "not closde"),
        ("fleet.place", ": bool = false", ": boole = false"),
    ):
        path = console.folder / name
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after, 1))
    console.run("check", file, code=Exit.INPUT)
    ended = console.run("check", file, "--fix", code=Exit.DONE)
    assert "fleet.place: 1 repair" in ended.err
    for path in (EXAMPLES / "retail").glob("*.place"):
        assert (console.folder / path.name).read_text() == path.read_text()


def test_what_a_repair_brings_to_light_is_repaired_too(console: Console) -> None:
    name = console.write(
        "a.place", 'app a {\n  service s {\n    image "i"\n    hosts wher memroy > 1GiB\n  }\n}\n'
    )
    console.run("check", "--fix", name, code=Exit.DONE)
    assert "hosts where memory > 1GiB" in (console.folder / name).read_text()


def test_what_is_uncertain_is_left_as_it_is_and_reported(console: Console) -> None:
    text = 'app a {\n  service s {\n    image "i"\n    needs memory 2G, cpu 1cores\n  }\n}\n'
    name = console.write("a.place", text)
    ended = console.run("check", "--fix", name, code=Exit.INPUT)
    assert "there is no unit `G`" in ended.err
    assert (console.folder / name).read_text() == text.replace("1cores", "1")


def test_without_the_flag_nothing_is_written_and_json_has_the_edits(console: Console) -> None:
    name = console.write("a.place", "app a {\n  serivce s { }\n}\n")
    ended = console.run("check", "--json", name, code=Exit.INPUT)
    (fault, *_) = json.loads(ended.out)["diagnostics"]
    place = {"path": name, "line": 2, "column": 3, "end_line": 2, "end_column": 10}
    assert fault["fix"] == [{"text": "service", **place}]
    assert "serivce" in (console.folder / name).read_text()


def test_a_sound_fleet_is_not_touched(console: Console) -> None:
    file, _ = console.example("tiny")
    before = (console.folder / file).stat().st_mtime_ns
    console.run("check", "--fix", file, code=Exit.DONE)
    assert (console.folder / file).stat().st_mtime_ns == before
