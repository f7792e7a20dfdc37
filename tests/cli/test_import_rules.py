from __future__ import annotations

import json

from placelang.cli.import_rules import Language
from placelang.manifests import KINDS
from tests.cli.console import Console

POD = {
    "kind": "Pod",
    "metadata": {"name": "till"},
    "spec": {"containers": [{"name": "till", "image": "registry.example.com/shop/till:1"}]},
}
NODE = {"kind": "Node", "metadata": {"name": "edge-1"}}


def manifests(console: Console, *items: object) -> None:
    text = json.dumps({"kind": "List", "items": items})
    (console.folder / "pods.json").write_text(text, encoding="utf-8")


def test_the_command_offers_every_importer_there_is() -> None:
    assert sorted(Language) == sorted(KINDS)


def test_the_file_goes_to_standard_output_and_the_report_beside_it(console: Console) -> None:
    manifests(console, POD)
    result = console.run("import", "kubernetes", "pods.json")
    assert result.code == 0
    assert "service till {" in result.out
    assert "1 service or job imported; 0 documents left out" in result.err


def test_what_is_imported_has_no_errors_and_is_in_canonical_form(console: Console) -> None:
    manifests(console, POD)
    assert console.run("import", "kubernetes", "pods.json", "-o", "till.place").code == 0
    assert console.run("check", "till.place").code == 0
    assert console.run("fmt", "--check", "till.place").code == 0


def test_a_document_of_another_kind_is_counted_and_the_exit_code_says_in_part(console: Console) -> None:
    manifests(console, POD, NODE)
    result = console.run("import", "kubernetes", "pods.json", "--output", "till.place", "--json")
    assert result.code == 3
    report = json.loads(result.out)
    assert (report["blocks"], report["bad"], report["partial"]) == (1, 1, 0)
    assert [(d["code"], d["line"]) for d in report["diagnostics"]] == [("wrong-type", 1)]


def test_a_rule_that_is_lost_is_told_at_its_line(console: Console) -> None:
    manifests(console, POD | {"spec": POD["spec"] | {"runtimeClassName": "kata"}})  # type: ignore[operator]
    result = console.run("import", "kubernetes", "pods.json")
    assert result.code == 3
    assert "warning[no-counterpart]" in result.err
    assert "# lost, and it keeps hosts away" in result.out


def test_nothing_is_written_where_nothing_was_imported(console: Console) -> None:
    manifests(console, NODE)
    assert console.run("import", "kubernetes", "pods.json", "-o", "till.place").code == 1
    assert not (console.folder / "till.place").exists()


def test_a_template_is_told_as_what_it_is(console: Console) -> None:
    chart = "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }}}\n"
    (console.folder / "pod.yaml").write_text(chart, encoding="utf-8")
    result = console.run("import", "kubernetes", "pod.yaml")
    assert result.code == 1
    assert "pod.yaml:3" in result.err
    assert "helm template" in result.err


def test_json_needs_standard_output_for_itself(console: Console) -> None:
    manifests(console, POD)
    assert console.run("import", "kubernetes", "pods.json", "--json").code == 2
