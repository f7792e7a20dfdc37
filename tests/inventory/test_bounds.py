from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source
from placelang.inventory import json_text, load_inventory, read_inventory
from tests.inventory.documents import read

HEAD = "format: placelang/inventory/1\n"


def refused(source: Source) -> tuple[Diagnostic, ...]:
    """What is wrong with a text that is no inventory; each fault stands somewhere in it."""
    found, faults = read_inventory(source)
    assert found is None
    assert faults
    for fault in faults:
        assert fault.span is not None
        assert 0 <= fault.span.start <= fault.span.end <= len(source.text) + 1
    return faults


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "sites: " + "[" * 10_000,
        HEAD + "sites: " + "[" * 10_000 + "]" * 10_000,
        HEAD + "sites: " + "{a: " * 10_000,
        HEAD + "".join(" " * depth + "a:\n" for depth in range(1_000)),
        '{"format": "placelang/inventory/1", "sites": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a":' * 100_000 + "1" + "}" * 100_000,
    ],
    ids=["open lists", "lists", "maps", "blocks", "JSON lists", "JSON maps"],
)
def test_deep_nesting_is_refused_where_it_passes_the_limit(text: str) -> None:
    assert [fault.code for fault in refused(Source("case", text))] == [Code.TOO_DEEP]


def test_aliases_cannot_nest_beyond_the_limit_either() -> None:
    lines = ["a0: &a0 " + "[" * 60 + "]" * 60, "a1: &a1 " + "[" * 60 + "*a0" + "]" * 60]
    assert [fault.code for fault in refused(Source("case.yaml", HEAD + "\n".join(lines)))] == [Code.TOO_DEEP]


def test_an_integer_of_many_digits_is_a_number_too_large() -> None:
    digits = "9" * 5_000
    host = f'{{"name": "h", "cost": {digits}}}'
    text = f'{{"format": "placelang/inventory/1", "sites": [{{"name": "s", "hosts": [{host}]}}]}}'
    assert [fault.code for fault in refused(Source("case.json", text))] == [Code.OUT_OF_RANGE]
    text = f"{HEAD}sites: [{{name: s, hosts: [{{name: h, cost: {digits}}}]}}]"
    assert [fault.code for fault in refused(Source("case.yaml", text))] == [Code.OUT_OF_RANGE]


def test_a_document_of_very_many_maps_is_refused_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MOST", 1000)
    text = '{"format": "placelang/inventory/1", "sites": [' + "{}," * 1000 + "{}]}"
    assert [fault.code for fault in refused(Source("case.json", text))] == [Code.TOO_LARGE]


def test_labels_of_very_many_names_are_refused() -> None:
    _, faults = read({"sites": [{"name": "s", "labels": {f"x{i}": 1 for i in range(10_001)}}]})
    assert [fault.code for fault in faults] == [Code.TOO_LARGE]


def test_of_very_many_faults_the_first_are_shown_and_the_last_says_so() -> None:
    sites = [{"name": f"s{i}", "hosts": [{"name": f"h{i}", "memory": i}]} for i in range(150)]
    _, faults = read({"sites": sites})
    assert len(faults) == 100
    assert [fault.notes[1:] for fault in faults[-2:]] == [
        (),
        ("only the first 100 faults of this file are shown",),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"format: placelang/inventory/1\nsites: \xff", Code.NOT_UTF8),
        ("format: placelang/inventory/1\n".encode("utf-16"), Code.NOT_UTF8),
        (b"\xef\xbb\xbfformat: placelang/inventory/1\nsites: []\n", None),
        (b"\xef\xbb\xbf", Code.INVENTORY_SYNTAX),
    ],
)
def test_bytes_that_are_no_text_are_refused_and_a_mark_is_not(
    content: bytes, code: Code | None, tmp_path: Path
) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_bytes(content)
    _, faults = load_inventory(path)
    assert [fault.code for fault in faults] == ([] if code is None else [code])


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    with path.open("wb") as file:
        file.truncate(256 * 2**20 + 1)
    _, faults = load_inventory(path)
    assert [(fault.code, fault.hint) for fault in faults] == [
        (Code.TOO_LARGE, "split the fleet into several inventories")
    ]


@pytest.mark.parametrize("name", [".", "absent.yaml", "a\0b"])
def test_an_unreadable_path_is_a_diagnostic(name: str, tmp_path: Path) -> None:
    _, faults = load_inventory(tmp_path / name)
    assert [fault.code for fault in faults] == [Code.UNREADABLE]


def test_importing_the_inventory_loads_neither_pydantic_nor_numpy() -> None:
    code = "import sys, placelang.inventory; print(sorted({'pydantic', 'numpy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        ["16GiB", "15W", "-1d", "", "value", "2026-03-02T05:45:00Z", "x" * 300, "\ud800", "\x1b[31m"]
    )
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "observed", "ttl", "name", "hosts", "memory"]) | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
STORED: dict[str, Any] = json.loads(
    Path(__file__).with_name("stored").joinpath("format-1.json").read_text("utf-8")
)


def places(written: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with each of its keys."""
    if not isinstance(written, dict | list):
        return []
    steps = list(written) if isinstance(written, dict) else list(range(len(written)))
    return [(written, step) for step in steps] + [place for step in steps for place in places(written[step])]


@settings(max_examples=300, derandomize=True, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_document_it_is_read_or_refused_with_places(data: st.DataObject) -> None:
    document = json.loads(json.dumps(STORED))
    for _ in range(data.draw(st.integers(1, 3))):
        container, step = data.draw(st.sampled_from(places(document)))
        container[step] = data.draw(VALUES)
    source = Source("case.json", json.dumps(document))
    found, faults = read_inventory(source)
    assert (found is None) == any(fault.severity == "error" for fault in faults)
    assert all(fault.span is not None and fault.span.end <= len(source.text) for fault in faults)
    if found is not None:
        records = [
            record for table in (found.sites, found.hosts, found.gpus) for record in table.facts.values()
        ]
        numbers = [value for record in records for value in record.values if isinstance(value, float)]
        assert all(math.isfinite(number) and 0 <= number <= 2**53 for number in numbers)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    text=st.text(alphabet="sites: {}[]\"'\n-&*!x|>#,?%@`\t\\0e", max_size=40),
    name=st.sampled_from(["a.json", "a.yaml", "a"]),
)
def test_any_text_is_read_or_refused(text: str, name: str) -> None:
    read_inventory(Source(name, HEAD * (name != "a.json") + text))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    cut=st.integers(0, 1_900),
    insert=st.sampled_from(["", "\t", "*x", "!!x ", "}", "\x85", "\ufeff", "- ", '"', ": "]),
)
def test_a_damaged_file_is_read_or_refused_with_places(cut: int, insert: str) -> None:
    text = Path(__file__).with_name("stored").joinpath("format-1.yaml").read_text("utf-8")
    source = Source("case.yaml", text[:cut] + insert + text[cut + 3 :])
    _, faults = read_inventory(source)
    assert all(fault.span is not None and fault.span.end <= len(source.text) + 1 for fault in faults)
