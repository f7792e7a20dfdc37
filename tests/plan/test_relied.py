"""A plan says how old the facts are that it rests on."""

from __future__ import annotations

from placelang.cli.plan_text import View, plan_text
from placelang.inventory import parse_time
from tests.plan.fleets import fleet, host, planned, site

DAY = 24 * 3600 * 1000
PLACE = """
label host.role: string
let host.strong = memory >= 2GiB
device camera { udev 'SUBSYSTEM=="video4linux"' }
app a {
  service s {
    image "i"
    replicas 1 per site
    needs cpu 1, device camera
    hosts where strong and role == "w"
    prefer hosts where disk >= 1GiB
  }
}
"""


def said(value: str, day: int, **more: str) -> str:
    rest = "".join(f", {key}: {text}" for key, text in more.items())
    return f'{{value: {value}, observed: "2026-02-{day:02}T05:00:00Z"{rest}}}'


FACTS = fleet(
    site(
        "x",
        host(
            "x1",
            memory=said("8GiB", 20, source="netbox"),
            disk=said("9GiB", 1),
            labels=f"{{role: {said('w', 25)}}}",
            devices="[{kind: camera}]",
        ),
        host("x2", memory=said("1GiB", 2), labels="{role: w}"),
    )
)


def test_the_oldest_come_first_of_what_hard_clauses_read_where_replicas_stand() -> None:
    relied = planned(PLACE, FACTS).plan.header.relied
    assert relied is not None
    assert [(fact.fact, fact.age_ms // DAY, fact.source) for fact in relied.oldest] == [
        ("memory of x1", 10, "netbox"),
        ("role of x1", 5, None),
        ("cpu.cores of x1", 0, None),
        ("devices of x1", 0, None),
        ("device.kind of x1/device0", 0, None),
    ]
    assert (relied.facts, relied.undated) == (5, 0)


def test_ages_are_those_at_the_moment_that_is_planned_for() -> None:
    relied = planned(PLACE, FACTS, at=parse_time("2026-03-04T05:00:00Z")).plan.header.relied
    assert relied is not None
    assert [fact.age_ms // DAY for fact in relied.oldest] == [12, 7, 2, 2, 2]


def test_what_nobody_dated_is_counted() -> None:
    facts = FACTS.replace("observed: 2026-03-02T05:00:00Z\n", "")
    relied = planned(PLACE, facts).plan.header.relied
    assert relied is not None
    assert (relied.facts, relied.undated) == (5, 3)


def test_the_text_names_the_oldest() -> None:
    shown = plan_text(planned(PLACE, FACTS).plan, View(), width=100, colour=False)
    start = shown.index("Relies on 5 facts; the oldest")
    assert shown[start:].splitlines()[:3] == [
        "Relies on 5 facts; the oldest",
        "  memory of x1 is 10 days old  netbox",
        "  role of x1 is 5 days old",
    ]


def test_what_is_as_old_as_the_newest_fact_is_not_worth_a_line() -> None:
    plan = planned(PLACE, fleet(site("x", host("x1", labels="{role: w}", devices="[{kind: camera}]")))).plan
    assert "Relies on" not in plan_text(plan, View(), width=100, colour=False)
