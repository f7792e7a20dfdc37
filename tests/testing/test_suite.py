"""What is read before any test runs: files, names, and which tests there are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from placelang.codes import Code
from placelang.planning import Worked, work_out
from placelang_runtime.canonical import to_json
from tests.testing.fleets import APP, DECLARATIONS, facts, fleet, reading, results

FLEET = DECLARATIONS + APP


def block(title: str, *steps: str, inventory: str = "inventory.yaml") -> str:
    body = "\n  ".join((f'inventory "{inventory}"', *steps))
    return f'test "{title}" {{\n  {body}\n}}\n'


def test_tests_of_root_files_are_run_and_those_of_others_only_checked(tmp_path: Path) -> None:
    other = f"{FLEET}{block('imported', 'expect shop.till')}"
    (tmp_path / "shop.place").write_text(other, encoding="utf-8")
    root = f'import "shop.place"\n{block("root", "expect shop")}'
    found = reading(tmp_path, root)
    assert found.suite is not None
    assert [case.test.title for case in found.suite.cases] == ["root"]
    assert len(found.suite.program.tests) == 2
    both = reading(tmp_path, root, str(tmp_path / "shop.place"))
    assert both.suite is not None
    assert [case.test.title for case in both.suite.cases] == ["root", "imported"]


def test_the_inventory_stands_beside_the_file_that_has_the_test(tmp_path: Path) -> None:
    (tmp_path / "north").mkdir()
    (tmp_path / "north" / "plan.json").write_text("{}", encoding="utf-8")
    text = FLEET + block("below", 'running "north/plan.json"', "expect shop")
    found = reading(tmp_path, text)
    assert [d.message for d in found.diagnostics] == [
        "this is not a plan: its format is not 'placelang/plan/1'"
    ]


@pytest.mark.parametrize("target", ["../secret.yaml", "/etc/hostname"])
def test_a_link_that_leads_out_is_not_followed(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "fleet"
    folder.mkdir()
    (tmp_path / "secret.yaml").write_text("format: placelang/inventory/1\nsites: []\n", encoding="utf-8")
    (folder / "link.yaml").symlink_to(target)
    found = reading(folder, FLEET + block("out", "expect shop", inventory="link.yaml"))
    assert found.suite is None
    assert [d.code for d in found.diagnostics] == [Code.PATH_OUTSIDE]
    assert "link.yaml" not in "".join(found.sources)


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to("inventory.yaml")
    assert reading(tmp_path, FLEET + block("in", "expect shop", inventory="link.yaml")).suite is not None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    found = reading(tmp_path, FLEET + block("pipe", 'running "pipe.json"', "expect shop"))
    assert [d.message for d in found.diagnostics] == ["this is no regular file"]


def test_a_label_that_only_the_inventory_has_is_a_warning_as_it_is_for_plans(tmp_path: Path) -> None:
    text = FLEET + block(
        "labels", 'given host "gbg-1" slots = 3', "expect shop.till on hosts where slots > 1"
    )
    found = reading(tmp_path, text)
    assert found.suite is not None
    assert [(d.code, d.severity) for d in found.diagnostics] == [(Code.UNDECLARED_LABEL, "warning")]


def test_what_is_wrong_with_the_fleet_is_told_together_with_what_is_wrong_with_files(tmp_path: Path) -> None:
    text = f"{FLEET}let x = y\n{block('both', 'expect shop', inventory='nowhere.yaml')}"
    assert [d.code for d in reading(tmp_path, text).diagnostics] == [Code.UNKNOWN_NAME, Code.UNREADABLE]


def test_moves_are_counted_from_the_plan_that_a_test_names(tmp_path: Path) -> None:
    text = FLEET + block("no moves", 'given host "gbg-1" memory = 2GiB', "expect moves == 1")
    assert [r.passed for r in results(tmp_path, text)] == [True]
    away, _ = _elsewhere()
    (tmp_path / "running.json").write_text(away, encoding="utf-8")
    steps = ('running "running.json"', 'given host "gbg-1" memory = 2GiB', "expect moves == 0")
    assert [r.passed for r in results(tmp_path, FLEET + block("running", *steps))] == [True]


def _elsewhere() -> tuple[str, str]:
    """A plan in which the till of gbg stands on its smaller host."""
    away = fleet(
        "expect shop", extra='app other { service big { needs memory 6GiB\n hosts where name == "gbg-1" } }'
    )
    plan = work_out(away, facts()).plan
    [host] = [
        replica.host
        for part in plan.parts
        for group in part.groups
        for service in group.services
        for replica in service.replicas
        if service.name == "shop.till" and part.site == "gbg"
    ]
    assert host == "gbg-2"
    return to_json(plan), host


def test_without_anything_given_nothing_moves(tmp_path: Path) -> None:
    text = FLEET + block("as it is", "expect moves == 0", 'expect shop.till in site "gbg"')
    assert [r.passed for r in results(tmp_path, text)] == [True]


def test_an_inventory_without_times_can_have_unknown_facts(tmp_path: Path) -> None:
    (tmp_path / "timeless.yaml").write_text(
        "format: placelang/inventory/1\nsites:\n  - name: home\n    hosts:\n"
        "      - {name: box, memory: 8GiB, up: true}\n",
        encoding="utf-8",
    )
    steps = ('given host "box" memory is unknown', 'expect undecided shop.till because "memory of box"')
    text = FLEET + block("timeless", *steps, inventory="timeless.yaml")
    assert [r.failures for r in results(tmp_path, text)] == [()]


def test_one_plan_serves_all_tests_of_an_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []

    def counted(*arguments: Any, **options: Any) -> Worked:
        made.append(options["current"] is None)
        return work_out(*arguments, **options)

    monkeypatch.setattr("placelang.testing.run.work_out", counted)
    steps = [(f'given host "gbg-2" memory = {memory}GiB', "expect shop.till") for memory in (2, 3)]
    text = FLEET + "".join(block(str(number), *step) for number, step in enumerate(steps))
    assert all(r.passed for r in results(tmp_path, text))
    assert made == [True, False, False]


@pytest.mark.parametrize(
    "step", ["expect shop.archive", "expect left out shop.archive", "expect undecided shop.archive"]
)
def test_nothing_is_expected_of_a_site_that_is_gone(tmp_path: Path, step: str) -> None:
    text = FLEET + block("gone", 'given site "mma" is gone', f'{step} in site "mma"')
    [result] = results(tmp_path, text)
    assert [failure.because for failure in result.failures] == [("site mma is gone",)]
