"""Policies on the command line: `--policy` binds every app, and what people read shows its lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from placelang.cli.exits import Exit
from tests.cli.console import Console

SHOP = """\
app shop {
  service till {
    image    "registry.example.com/shop/till:1"
    tags     "pii"
    replicas 1 per site
    needs    memory 7GiB
  }
}
"""
PLATFORM = """\
policy platform {
  reserve memory 20%
  services where "pii" in tags { sites where region == "EU" }
  change only sunday between 02:00 and 04:00
}
"""
INVENTORY = """\
format: placelang/inventory/1
observed: 2026-03-02T05:00:00Z
sites:
  - {name: gbg, region: EU, timezone: Europe/Stockholm, hosts: [{name: g1, memory: 16GiB}]}
  - {name: mma, region: EU, hosts: [{name: m1, memory: 8GiB}]}
  - {name: osl, region: NO, hosts: [{name: o1, memory: 16GiB}]}
"""
SHOWN = """\
site  host  cpu  memory  disk  runs
gbg   g1      ?     43%     ?  till
2 hosts run nothing (--hosts shows all)

Left out: 2 groups

  shop at mma  priority 0
    the policy platform keeps shop.till from m1
        reserve memory 20%  platform.place:2:3
    the policy binds shop.till
        service till  shop.place:2:3
    of 1 host for shop.till
      1 no: reserve memory 20%
          m1

  shop at osl  priority 0
    the policy platform accepts none of one host for shop.till
        sites where region == "EU"  platform.place:3:34
    the policy binds shop.till
        service till  shop.place:2:3
    of 1 host for shop.till
      1 no: sites where region == "EU"
          o1

Windows that nobody can read, for want of `timezone`
  change only sunday between 02:00 and 04:00 (platform.place:4:3)
    at mma, osl

Steps: 2, about 2 min  --steps shows them

1 of 3 groups placed: 1 replica on 1 of 3 hosts, as of 2026-03-02T05:00:00Z
"""


@pytest.fixture
def fleet(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    for name, text in (("shop.place", SHOP), ("platform.place", PLATFORM), ("inventory.yaml", INVENTORY)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return console


def test_a_plan_shows_the_lines_of_policies(fleet: Console) -> None:
    options = ("--inventory", "inventory.yaml", "--policy", "platform.place")
    shown = fleet.run("plan", "shop.place", *options, code=Exit.PARTIAL).out
    lines = [line for line in shown.partition("why?")[0].splitlines() if "it would fit" not in line]
    assert "\n".join(lines) + "\n" == SHOWN
    assert "it would fit without `reserve memory 20%` of the policy platform (platform.place:2:3)" in shown


def test_without_the_policy_all_is_placed(fleet: Console) -> None:
    fleet.run("plan", "shop.place", "--inventory", "inventory.yaml", code=Exit.DONE)


def test_what_no_app_may_be_is_refused_when_it_is_checked_with_the_policy(fleet: Console) -> None:
    Path("platform.place").write_text(
        "policy platform { services where true { priority at most 5 } }\n", "utf-8"
    )
    Path("shop.place").write_text(SHOP.replace("tags ", "priority 9\n    tags "), "utf-8")
    fleet.run("check", "shop.place", code=Exit.DONE)
    told = fleet.run("check", "shop.place", "--policy", "platform.place", code=Exit.INPUT)
    assert "error[against-policy]: `shop.till` has priority 9, and may have 5 at most" in told.err + told.out
    assert "platform.place:1:" in told.err + told.out
