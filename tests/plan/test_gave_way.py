"""What a plan says of those that gave way is checked, whoever wrote it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from placelang.verify import verify
from placelang_runtime.plan import Displaced, Plan
from tests.plan.fleets import Planned, fleet, host, planned, site

LOW = "app low { priority 1; service s { replicas 2 per site; needs memory 3GiB } }"
HIGH = (
    'app high { priority 9; service t { replicas 1 per site; needs memory 6GiB; hosts where name == "x1" } }'
)


def replanned(*hosts: str) -> tuple[Plan, Planned]:
    """The plan that runs on x1 alone, and the one that has something more important beside it."""
    first = planned(LOW, fleet(site("x", host("x1")))).plan
    then = fleet(site("x", *(host(name) for name in hosts)))
    return first, planned(f"{LOW}\n{HIGH}", then, current=first)


def findings(made: Planned, plan: Plan, current: Plan | None) -> list[str]:
    return [found.text for found in verify(plan, made.program, made.inventory, current=current)]


def with_displaced(plan: Plan, *displaced: Displaced) -> Plan:
    return plan.model_copy(update={"header": plan.header.model_copy(update={"displaced": displaced})})


@pytest.mark.parametrize("hosts", [("x1",), ("x1", "x2")])
def test_what_is_told_rightly_stands(hosts: tuple[str, ...]) -> None:
    first, later = replanned(*hosts)
    assert len(later.plan.header.displaced) == 2
    assert findings(later, later.plan, first) == []
    assert findings(later, later.plan, None) == []


@pytest.mark.parametrize("hosts", [("x1",), ("x1", "x2")])
@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "x9"},
        {"by": ("low@x",)},
        {"by": ("nobody@x",)},
        {"resources": ()},
        {"resources": ("cpu",)},
        {"replica": "low.s@x/7"},
    ],
)
def test_what_is_told_wrongly_is_found(hosts: tuple[str, ...], wrong: dict[str, Any]) -> None:
    first, later = replanned(*hosts)
    one, other = later.plan.header.displaced
    for told in ((one.model_copy(update=wrong), other), (one, other.model_copy(update=wrong))):
        assert findings(later, with_displaced(later.plan, *told), first)


@pytest.mark.parametrize("hosts", [("x1",), ("x1", "x2")])
def test_what_is_not_told_or_told_twice_is_found(hosts: tuple[str, ...]) -> None:
    first, later = replanned(*hosts)
    one, other = later.plan.header.displaced
    for told in ((), (one,), (one, other, other), (other, one)):
        assert findings(later, with_displaced(later.plan, *told), first)


def test_who_is_left_out_for_another_reason_did_not_give_way() -> None:
    first = planned(LOW, fleet(site("x", host("x1")))).plan
    later = planned(LOW, fleet(site("x", host("x1", memory="1GiB"))), current=first)
    assert later.plan.header.displaced == ()
    told = Displaced(replica="low.s@x/1", source="x1", target=None, by=("low@x",), resources=("memory",))
    assert findings(later, with_displaced(later.plan, told), first)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_gives_way_is_told_so_that_it_stands(seed: int) -> None:
    r = Random(seed)

    def app(name: str, priority: int) -> str:
        services = "".join(
            f"service s{n} {{ replicas {r.choice(('1', '2', '1..3'))} per site; needs memory {r.randint(1, 4)}GiB,"
            f" cpu {r.randint(1, 3)} }}\n"
            for n in range(3)
        )
        return f"app {name} {{ priority {priority}\n{services} }}\n"

    hosts = [host(f"x{n}", memory=f"{r.choice((8, 12))}GiB") for n in range(3)]
    facts = fleet(site("x", *hosts))
    low = app("low", 1) + app("middle", 2)
    first = planned(low, facts).plan
    later = planned(low + app("high", 9), facts, current=first)
    assert findings(later, later.plan, first) == []
    assert findings(later, later.plan, None) == []
