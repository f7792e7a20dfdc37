from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang_runtime.canonical import PlanError, from_json, part_digest, read_plan, to_json
from placelang_runtime.plan import Plan
from tests.plan.fleets import fleet, host, planned, site

OLD = Path(__file__).parent / "old"
PLACE = """
app shop {
  service till {
    image    "example.com/till:1"
    replicas 2 per site
    needs    cpu 500m, memory 1GiB
    env      SITE = site.name, TEXT = "naïve \\u{1b}[31m"
  }
}
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(PLACE, fleet(site("gbg", host("gbg-1"), host("gbg-2")), site("mma", host("mma-1")))).plan


def test_a_plan_survives_its_text(plan: Plan) -> None:
    assert from_json(to_json(plan)) == plan
    assert to_json(from_json(to_json(plan))) == to_json(plan)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(budget=st.floats(0, 1e9), params=st.dictionaries(st.text(min_size=1), st.text()))
def test_a_plan_is_written_as_python_writes_it(plan: Plan, budget: float, params: dict[str, str]) -> None:
    header = plan.header.model_copy(update={"budget": budget, "params": params})
    changed = plan.model_copy(update={"header": header})
    assert to_json(changed) == json.dumps(changed.model_dump(mode="json"), indent=2) + "\n"


@pytest.mark.parametrize("budget", [0.0, 60.0, 1e-5, 2.5e-300, 0.0001, 123456789.125])
def test_a_number_is_written_as_python_writes_it(plan: Plan, budget: float) -> None:
    header = plan.header.model_copy(update={"budget": budget, "params": {"x": " 1e-5,", "y e-5": " 1e-7"}})
    changed = plan.model_copy(update={"header": header})
    assert to_json(changed) == json.dumps(changed.model_dump(mode="json"), indent=2) + "\n"


def test_numbers_that_need_not_be_whole_are_fields() -> None:
    """The text of a list of them would be another on the way through JSON."""
    assert '"items": {"type": "number"' not in re.sub(r"\s+", " ", json.dumps(Plan.model_json_schema()))


def test_a_document_without_a_format_is_no_plan(plan: Plan) -> None:
    document = json.loads(to_json(plan))
    del document["format"]
    with pytest.raises(PlanError, match="not a plan"):
        from_json(json.dumps(document))


def test_a_plan_is_written_in_ascii_so_that_no_terminal_obeys_it(plan: Plan) -> None:
    text = to_json(plan)
    assert text.isascii()
    assert text.endswith("}\n")
    assert not any(ord(c) < 0x20 and c != "\n" for c in text)


def test_the_header_holds_the_digest_of_each_part(plan: Plan) -> None:
    assert [d.site for d in plan.header.parts] == ["gbg", "mma"]
    assert [d.digest for d in plan.header.parts] == [part_digest(part) for part in plan.parts]


def test_a_part_has_nothing_of_another_site(plan: Plan) -> None:
    assert "mma-1" not in plan.parts[0].model_dump_json()


def test_a_newer_format_is_refused_with_the_command_that_helps(plan: Plan) -> None:
    newer = to_json(plan).replace("placelang/plan/1", "placelang/plan/2")
    with pytest.raises(PlanError, match=r"placelang/plan/2.*make it anew with `placelang plan`"):
        from_json(newer)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"format": 7}', '{"format": "placelang/plan/1"}', "[" * 100_000]
)
def test_what_is_no_plan_is_refused_in_one_way(text: str) -> None:
    with pytest.raises(PlanError):
        from_json(text)


def test_an_unknown_field_is_refused(plan: Plan) -> None:
    data = json.loads(to_json(plan))
    data["header"]["extra"] = 1
    with pytest.raises(PlanError, match="extra"):
        from_json(json.dumps(data))


def test_two_replicas_of_one_name_are_refused(plan: Plan) -> None:
    data = json.loads(to_json(plan))
    replicas = data["parts"][0]["groups"][0]["services"][0]["replicas"]
    replicas[1]["name"] = replicas[0]["name"]
    with pytest.raises(PlanError, match="two of one name"):
        from_json(json.dumps(data))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.data())
def test_a_mangled_plan_is_read_or_refused(plan: Plan, data: st.DataObject) -> None:
    text = to_json(plan)
    start = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(0, 40))
    middle = data.draw(st.text(max_size=12))
    with contextlib.suppress(PlanError):
        from_json(text[:start] + middle + text[start + length :])


@pytest.mark.parametrize("path", sorted(OLD.glob("*.json")), ids=lambda path: path.name)
def test_stored_plans_of_the_current_format_are_still_read(path: Path) -> None:
    plan = read_plan(path)
    assert plan.parts
    assert from_json(to_json(plan)) == plan


def carried() -> dict[str, Any]:
    """A plan with monitors, windows and rollouts, as data."""
    found: dict[str, Any] = json.loads((OLD / "plan-1-carried.json").read_text(encoding="utf-8"))
    return found


def with_condition(when: object) -> str:
    data = carried()
    part = next(part for part in data["parts"] if part["monitors"])
    part["monitors"][0]["rules"][0]["when"] = when
    return json.dumps(data)


METRIC = {"op": "metric", "name": "errors", "of": None}


@pytest.mark.parametrize(
    "when",
    [
        None,
        "errors > 2",
        {"op": "eval", "text": "1"},
        {"op": ">", "left": METRIC},
        {"op": ">", "left": METRIC, "right": METRIC, "then": METRIC},
        {"op": "number", "value": 1e300},
        {"op": "number", "value": "1"},
        {"op": "and", "operands": []},
        {"op": "in", "operand": METRIC, "values": ["a"]},
    ],
)
def test_a_condition_is_of_the_closed_form_or_refused(when: object) -> None:
    assert from_json(with_condition({"op": "not", "operand": {"op": "known", "operand": METRIC}})).parts
    with pytest.raises(PlanError):
        from_json(with_condition(when))


def test_a_condition_nested_without_end_is_refused() -> None:
    when: object = METRIC
    for _ in range(400):
        when = {"op": "not", "operand": when}
    with pytest.raises(PlanError):
        from_json(with_condition(when))


@pytest.mark.parametrize(
    "rule", ["", "FREQ=SECONDLY", "FREQ=WEEKLY;BYDAY=MO;BYHOUR=1;BYMINUTE=0\nX", "FREQ=WEEKLY"]
)
def test_a_window_opens_once_on_its_days_or_is_refused(rule: str) -> None:
    data = carried()
    next(part for part in data["parts"] if part["windows"])["windows"][0]["rule"] = rule
    with pytest.raises(PlanError):
        from_json(json.dumps(data))


def test_reading_a_plan_loads_neither_parser_nor_solver() -> None:
    code = (
        "import sys, placelang_runtime.canonical\n"
        "heavy = {'numpy', 'ortools', 'lark', 'networkx', 'placelang', 'placelang_scheduler'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
