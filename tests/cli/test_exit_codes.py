"""Every command in every situation ends with the code that the one table gives it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from placelang.cli.exits import Exit
from tests.cli.console import Console

GOOD = """app a {
  service s {
    image    "registry.example.com/s:1"
    replicas 1 per site
    needs    memory 1GiB
  }
}
"""
UNFORMATTED = GOOD.replace("    needs    memory", "    needs memory")
BROKEN = "app a {\n"
WRONG_UNIT = GOOD.replace("1GiB", "1Gi")
TOO_LARGE = GOOD.replace("1GiB", "64GiB")
SITES = """format: placelang/inventory/1
sites:
  - name: home
    hosts:
      - {name: box, arch: amd64, cpu: {cores: 4}, memory: 8GiB, disk: 64GiB, up: true}
"""
NEGATIVE = SITES.replace("8GiB", "-8GiB")
NOT_YAML = "sites: [\n"


def files(console: Console) -> None:
    for name, text in {
        "good.place": GOOD,
        "unformatted.place": UNFORMATTED,
        "broken.place": BROKEN,
        "wrong-unit.place": WRONG_UNIT,
        "too-large.place": TOO_LARGE,
        "sites.yaml": SITES,
        "negative.yaml": NEGATIVE,
        "not-yaml.yaml": NOT_YAML,
        "not-a-plan.json": "{}",
    }.items():
        console.write(name, text)


SITUATIONS = [
    ("", Exit.USAGE),
    ("--version", Exit.DONE),
    ("--help", Exit.DONE),
    ("no-such-command", Exit.USAGE),
    ("check", Exit.USAGE),
    ("check --no-such-option good.place", Exit.USAGE),
    ("check good.place", Exit.DONE),
    ("check good.place --inventory sites.yaml", Exit.DONE),
    ("check broken.place", Exit.INPUT),
    ("check wrong-unit.place", Exit.INPUT),
    ("check no-such-file.place", Exit.INPUT),
    ("check good.place --inventory negative.yaml", Exit.INPUT),
    ("check good.place --inventory not-yaml.yaml", Exit.INPUT),
    ("check good.place --inventory no-such-file.yaml", Exit.INPUT),
    ("check good.place --set x", Exit.USAGE),
    ("check good.place --set x=1", Exit.INPUT),
    ("check .", Exit.INPUT),
    ("check /dev/zero", Exit.INPUT),
    ("check good.place --json", Exit.DONE),
    ("check broken.place --json", Exit.INPUT),
    ("fmt good.place", Exit.DONE),
    ("fmt unformatted.place", Exit.DONE),
    ("fmt --check good.place", Exit.DONE),
    ("fmt --check unformatted.place", Exit.CHECK),
    ("fmt --check unformatted.place broken.place", Exit.INPUT),
    ("fmt --stdout unformatted.place", Exit.DONE),
    ("fmt --stdout --check good.place", Exit.USAGE),
    ("fmt broken.place", Exit.INPUT),
    ("fmt no-such-file.place", Exit.INPUT),
    ("plan good.place", Exit.USAGE),
    ("plan good.place --inventory sites.yaml", Exit.DONE),
    ("plan good.place --inventory sites.yaml --json", Exit.DONE),
    ("plan good.place --inventory sites.yaml --output plan.json", Exit.DONE),
    ("plan good.place --inventory sites.yaml --output no/such/folder/plan.json", Exit.WORLD),
    ("plan too-large.place --inventory sites.yaml", Exit.PARTIAL),
    ("plan broken.place --inventory sites.yaml", Exit.INPUT),
    ("plan good.place --inventory negative.yaml", Exit.INPUT),
    ("plan good.place --inventory sites.yaml --current not-a-plan.json", Exit.INPUT),
    ("plan good.place --inventory sites.yaml --current no-such-plan.json", Exit.INPUT),
    ("plan good.place --inventory sites.yaml --site nowhere", Exit.USAGE),
    ("plan good.place --inventory sites.yaml --site home", Exit.DONE),
    ("plan good.place --inventory sites.yaml --at yesterday", Exit.USAGE),
    ("plan good.place --inventory sites.yaml --at 2026-03-02T05:45:00Z", Exit.DONE),
    ("plan good.place --inventory sites.yaml --budget -1", Exit.USAGE),
    ("plan good.place --inventory sites.yaml --budget nan", Exit.USAGE),
    ("plan good.place --inventory sites.yaml --time-limit 0", Exit.USAGE),
    ("plan good.place --inventory sites.yaml --seed -1", Exit.USAGE),
    ("plan good.place --inventory sites.yaml --seed 99999999999999999999", Exit.USAGE),
    ("plan good.place --inventory sites.yaml --current /dev/zero", Exit.INPUT),
    ("plan good.place --inventory /dev/zero", Exit.INPUT),
    ("explain good.place a.s", Exit.USAGE),
    ("explain good.place a.s --inventory sites.yaml", Exit.DONE),
    ("explain good.place a.s --inventory sites.yaml --host box", Exit.DONE),
    ("explain good.place a.s --inventory sites.yaml --json", Exit.DONE),
    ("explain good.place a.t --inventory sites.yaml", Exit.USAGE),
    ("explain good.place a.s --inventory sites.yaml --site nowhere", Exit.USAGE),
    ("explain good.place a.s --inventory sites.yaml --host nobody", Exit.USAGE),
    ("explain broken.place a.s --inventory sites.yaml", Exit.INPUT),
    ("verify not-a-plan.json good.place --inventory sites.yaml", Exit.INPUT),
    ("verify no-such-plan.json good.place --inventory sites.yaml", Exit.INPUT),
    ("schema inventory", Exit.DONE),
    ("schema plan", Exit.DONE),
    ("schema problem", Exit.DONE),
    ("schema weather", Exit.USAGE),
    ("config show", Exit.DONE),
    ("config show --json", Exit.DONE),
    ("config", Exit.USAGE),
]


@pytest.mark.parametrize(("line", "code"), SITUATIONS, ids=[line or "nothing" for line, _ in SITUATIONS])
def test_a_command_ends_with_the_code_of_its_situation(line: str, code: Exit, console: Console) -> None:
    files(console)
    result = console.run(*line.split())
    assert result.code == code, result.err
    assert "Traceback" not in result.err
    assert "internal error" not in result.err
    if code not in (Exit.DONE, Exit.PARTIAL, Exit.BUDGET):
        assert result.err or result.out


@dataclass(frozen=True, slots=True)
class Alteration:
    name: str
    alter: Callable[[Console], object]
    code: Exit
    options: tuple[str, ...] = ()


def _swap(old: str, new: str) -> Callable[[Console], object]:
    return lambda console: console.write(
        "plan.json", (console.folder / "plan.json").read_text().replace(old, new)
    )


def _touch_up(console: Console) -> object:
    plan = json.loads((console.folder / "plan.json").read_text())
    plan["parts"][0]["groups"][0]["services"][0]["replicas"][0]["image"] = "registry.example.com/other:1"
    return console.write("plan.json", json.dumps(plan))


ALTERATIONS = [
    Alteration("nothing", lambda _: None, Exit.DONE),
    Alteration("nothing, replayed", lambda _: None, Exit.DONE, ("--replay",)),
    Alteration("the source", lambda c: c.write("good.place", GOOD.replace("1GiB", "2GiB")), Exit.CHECK),
    Alteration("the inventory", lambda c: c.write("sites.yaml", SITES.replace("8GiB", "4GiB")), Exit.CHECK),
    Alteration("a replica's image", _touch_up, Exit.CHECK),
    Alteration("the outcome", _swap('"complete"', '"partial"'), Exit.CHECK, ("--replay",)),
    Alteration("the format", _swap("placelang/plan/1", "placelang/plan/0"), Exit.INPUT),
]


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=[a.name for a in ALTERATIONS])
def test_verify_notices_what_was_altered(alteration: Alteration, console: Console) -> None:
    files(console)
    console.run("plan", "good.place", "--inventory", "sites.yaml", "--output", "plan.json", code=Exit.DONE)
    alteration.alter(console)
    arguments = ("verify", "plan.json", "good.place", "--inventory", "sites.yaml", *alteration.options)
    console.run(*arguments, code=alteration.code)
