"""A plan's text taken apart into what sites have in common: nothing is believed that is not checked."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from placelang_runtime import ranges
from placelang_runtime.canonical import PlanError, from_json, part_text, plan_digest, read_plan, to_json
from placelang_runtime.parts import Parts, template_of
from placelang_runtime.plan import Plan
from tests.plan.fleets import fleet, host, planned, site

PLACE = (
    'app shop {\n service till { image "example.com/till:1"; replicas 1 per site; env SITE = site.name }\n'
    ' service watch { image "example.com/watch:1"; replicas 1 per host }\n}'
)


def text_of(*names: str) -> str:
    """The text of a plan of sites that are alike."""
    return to_json(planned(PLACE, fleet(*(site(name, host(f"{name}-0")) for name in names))).plan)


TEXT = text_of("gbg", "malmo", "sto")


def test_sites_that_are_alike_have_one_template() -> None:
    parts = from_json(TEXT).parts
    assert isinstance(parts, Parts)
    assert len({template for template, _ in parts.rows}) == 1
    assert [names for _, names in parts.rows] == [("gbg", "gbg-0"), ("malmo", "malmo-0"), ("sto", "sto-0")]


def test_it_is_the_plan_that_is_read_at_once() -> None:
    apart, whole = from_json(TEXT), Plan.model_validate_json(TEXT)
    assert apart == whole
    assert to_json(apart) == to_json(whole) == TEXT
    assert plan_digest(apart) == plan_digest(whole)
    assert [apart.parts[number] for number in range(3)] == list(whole.parts)


def test_a_file_is_taken_apart_as_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(TEXT)
    assert isinstance(read_plan(path).parts, Parts)
    path.write_text(json.dumps(json.loads(TEXT)))
    assert to_json(read_plan(path)) == TEXT


WRONG = [
    ('"site": "malmo"', '"site": "gbg"'),
    ("shop.till@malmo/1", "shop.till@gbg/1"),
    ('"memory": 8589934592', '"memory": -1'),
    ('"SITE": "malmo"', '"SITE": 7'),
    ("\n  ]\n}\n", "\n  ]\n}}\n"),
    ('"format": "placelang/plan/1"', '"format": "placelang/plan/2"'),
]


@pytest.mark.parametrize(("found", "instead"), WRONG)
def test_what_is_wrong_with_a_part_is_found(found: str, instead: str) -> None:
    assert found in TEXT
    with pytest.raises(PlanError):
        from_json(TEXT.replace(found, instead))


def test_a_number_is_no_name() -> None:
    text = '{"site": "1", "host": "1", "of": "shop.till@1/1", "count": 1, "text": "1 of 1"}'
    template = template_of(text, ["1"])
    assert template.filled(["1"]) == text
    assert template.filled(["x"]) == (
        '{"site": "x", "host": "x", "of": "shop.till@x/1", "count": 1, "text": "1 of 1"}'
    )


@pytest.mark.parametrize("size", [40, 1000, 5000, 1 << 24])
def test_a_large_file_is_taken_apart_in_ranges(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "SIZE", size)
    path = tmp_path / "plan.json"
    with ThreadPoolExecutor(2) as executor:
        path.write_text(TEXT)
        found = ranges.read_in_ranges(path, executor, part_text)
        assert found is not None
        assert found == from_json(TEXT)
        assert to_json(found) == TEXT
        for wrong, instead in WRONG:
            path.write_text(TEXT.replace(wrong, instead))
            assert ranges.read_in_ranges(path, executor, part_text) is None
