"""Constraints of others: installed with a package, registered by its entry point, then like any other."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from importlib import invalidate_caches
from importlib.metadata import EntryPoint
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from placelang_scheduler import InvalidProblem, Kind, Preferences, UnfitKindError, kinds, solve, verify
from placelang_scheduler.constraints import registry
from tests.scheduler import oracle
from tests.scheduler.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler import Problem
    from tests.scheduler.oracle import View

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example package, built and installed into a folder."""
    folder = tmp_path_factory.mktemp("rack-power")
    tree = folder / "tree"
    shutil.copytree(ROOT / "examples" / "rack-power", tree, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "built")]
    subprocess.run(command, cwd=tree, capture_output=True, check=True, timeout=120)
    (wheel,) = (folder / "built").iterdir()
    shutil.unpack_archive(wheel, folder / "site", "zip")
    return folder / "site"


@pytest.fixture
def rack_power(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The kind that the package registers."""
    monkeypatch.syspath_prepend(installed)
    registry.registered.cache_clear()
    (found,) = [kind for kind in kinds() if kind.__name__ == "RackPower"]
    yield found
    registry.registered.cache_clear()
    monkeypatch.undo()
    sys.modules.pop("rack_power", None)
    invalidate_caches()


def watts(view: View, c: Any) -> int:
    """What the oracle knows of fuses."""
    total = 0
    for rack, most in c.fuses.items():
        drawn = sum(c.draw[w] for w in c.draw for h in view.stands(w) if view.value(h) == rack)
        total += max(0, drawn - most)
    return total


def racks(kind: Any, seed: int, *, soft: bool) -> Problem:
    """A small problem with fuses."""
    r, one = Random(seed), problem(9000 + seed, load=2)
    priorities = {one.groups[workload.group].priority for workload in one.workloads}
    draw = {n: r.choice((0, 1, 2, 3)) for n in range(len(one.workloads))}
    if soft and len(priorities) > 1:
        one = replace(one, groups=tuple(replace(group, priority=0) for group in one.groups))
    fuses = kind("fuses", draw, {"x": r.randint(0, 5), "z": r.randint(0, 5)}, weight=2 if soft else None)
    objectives = (*one.objectives, *([] if Preferences() in one.objectives else [Preferences()]))
    return replace(one, constraints=(fuses,), objectives=objectives)


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_constraint_of_another_package_is_solved_to_the_best_there_is(
    rack_power: Any, soft: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(oracle.PRICES, "rack power", watts)
    for seed in range(25):
        one = racks(rack_power, seed, soft=soft)
        solution = solve(one, seed=3)
        assert tuple(level.value for level in solution.levels) == oracle.best(one)
        assert verify(one, solution) == ()


def test_its_own_check_finds_what_breaks_it(rack_power: Any) -> None:
    free = racks(rack_power, 1, soft=False)
    solution = solve(replace(free, constraints=()))
    used = {free.hosts[h].domains.get("rack") for found in solution.placements for h in found} - {None}
    blown = replace(free, constraints=(rack_power("fuses", {0: 1, 1: 1}, dict.fromkeys(used, 0)),))
    assert "fuses" in {violation.constraint for violation in verify(blown, solution)}


def test_it_is_named_where_it_leaves_something_out(rack_power: Any) -> None:
    one = next(
        one
        for one in (racks(rack_power, seed, soft=False) for seed in range(40))
        if all(solve(replace(one, constraints=())).admitted) and not all(solve(one).admitted)
    )
    reasons = [reason for left in solve(one).left_out for reason in left.reasons]
    assert "fuses" in {reason.constraint for reason in reasons} or Kind.CROWDED in {r.kind for r in reasons}


def test_the_program_of_the_package_prints_what_its_page_shows(installed: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "rack_power"],
        env={"PYTHONPATH": f"{ROOT / 'scheduler'}:{installed}", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    page = (ROOT / "examples" / "rack-power" / "README.md").read_text(encoding="utf-8")
    assert f"```text\n{ended.stdout}```" in page


@dataclass(frozen=True)
class Lacking:
    id: str
    weight: int | None = None
    keyword: str = "lacking"


def test_kind_that_nobody_registered_is_refused() -> None:
    one = replace(problem(1), constraints=(Lacking("odd"),))  # type: ignore[arg-type] # on purpose
    with pytest.raises(InvalidProblem, match="the kind Lacking are not registered"):
        solve(one)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("lacking", f"{__name__}:Lacking", r"lacks subjects\(\), names\(\)"),
        ("lacking", f"{__name__}:ROOT", "is no frozen dataclass"),
        ("lacking", f"{__name__}:nothing", "does not load"),
        ("at most", "placelang_scheduler:AtMost", "is called like another kind"),
        ("fuse", "placelang_scheduler:AtMost", "has the keyword 'at most'"),
    ],
)
def test_entry_point_that_leads_to_no_constraint_is_told(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: [EntryPoint(name, value, group)])
    registry.registered.cache_clear()
    with pytest.raises(UnfitKindError, match=said):
        kinds()
    registry.registered.cache_clear()
