from __future__ import annotations

import json
from pathlib import Path

import pytest

from placelang.cli.inventory.import_hosts import Tool
from placelang.importers import KINDS
from tests.cli.console import Console

NODE = {
    "kind": "Node",
    "metadata": {"name": "edge-1"},
    "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}},
}
POD = {"kind": "Pod", "metadata": {"name": "web"}}


def nodes(folder: Path, *items: object) -> None:
    (folder / "nodes.json").write_text(json.dumps({"kind": "List", "items": items}), encoding="utf-8")


def test_the_command_offers_every_importer_there_is() -> None:
    assert sorted(Tool) == sorted(KINDS)


def test_the_inventory_goes_to_standard_output_and_the_report_beside_it(console: Console) -> None:
    nodes(console.folder, NODE)
    result = console.run("inventory", "import", "kubernetes", "nodes.json", "--site", "gbg")
    assert result.code == 0
    document = json.loads(result.out)
    assert [site["name"] for site in document["sites"]] == ["gbg"]
    assert "1 host imported; 0 records left out" in result.err


def test_a_bad_record_is_counted_and_the_exit_code_says_in_part(console: Console) -> None:
    nodes(console.folder, NODE, POD)
    result = console.run(
        "inventory", "import", "kubernetes", "nodes.json", "--output", "inventory.json", "--json"
    )
    assert result.code == 3
    report = json.loads(result.out)
    assert (report["hosts"], report["bad"]) == (1, 1)
    assert [(d["code"], d["line"]) for d in report["diagnostics"]] == [("wrong-type", 1)]
    assert (
        json.loads((console.folder / "inventory.json").read_text())["sites"][0]["hosts"][0]["name"]
        == "edge-1"
    )


def test_nothing_is_written_where_nothing_was_imported(console: Console) -> None:
    nodes(console.folder, POD)
    result = console.run("inventory", "import", "kubernetes", "nodes.json", "-o", "inventory.json")
    assert result.code == 1
    assert not (console.folder / "inventory.json").exists()


def test_all_files_of_a_folder_are_read_and_one_that_cannot_be_is_told(console: Console) -> None:
    folder = console.folder / "facts"
    folder.mkdir()
    (folder / "shop-1").write_text('{"ansible_facts": {"ansible_processor_vcpus": 4}}', encoding="utf-8")
    (folder / "shop-2").write_bytes(b"\xff\xfe")
    result = console.run("inventory", "import", "ansible", "facts")
    assert result.code == 3
    assert "1 host imported; 1 record left out" in result.err
    assert "not-utf8" in result.err


def test_a_folder_without_files_is_told(console: Console) -> None:
    (console.folder / "facts").mkdir()
    result = console.run("inventory", "import", "ansible", "facts", code=1)
    assert "there is no file in this folder" in result.err


def test_json_needs_standard_output_for_itself(console: Console) -> None:
    nodes(console.folder, NODE)
    result = console.run("inventory", "import", "kubernetes", "nodes.json", "--json")
    assert result.code == 2
    assert "give --output too" in result.err


def test_control_characters_of_a_file_never_reach_the_terminal(console: Console) -> None:
    nodes(console.folder, {"kind": "Pod\x1b[2J"}, NODE | {"spec\x1b]0;": 1})
    result = console.run("inventory", "import", "kubernetes", "nodes.json")
    assert "\x1b" not in result.err


@pytest.mark.parametrize("name", ["", "x" * 254])
def test_a_site_needs_a_name(console: Console, name: str) -> None:
    nodes(console.folder, NODE)
    assert console.run("inventory", "import", "kubernetes", "nodes.json", "--site", name).code == 2
