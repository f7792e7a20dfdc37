"""Every suggestion is done to a copy of the files, and what was left out is placed."""

from __future__ import annotations

import pytest

from tests.plan.fleets import fleet, host, planned, site
from tests.plan.repairing import Files, apply


def app(name: str, *services: str, priority: int = 0) -> str:
    return f"app {name} {{\npriority {priority}\n" + "".join(services) + "}\n"


def service(name: str, *clauses: str, replicas: int = 1) -> str:
    return "\n".join((f"service {name} {{", f"replicas {replicas} per site", *clauses, "}\n"))


CASES = {
    "too many replicas apart": (
        app("a", service("s", "needs memory 3GiB", "at most 1 per host", replicas=3)),
        [host("x1"), host("x2")],
        3,
    ),
    "too large": (app("a", service("s", "needs memory 10GiB, cpu 500m")), [host("x1")], 1),
    "two needs too large": (
        app("a", service("s", "needs memory 10GiB, cpu 5")),
        [host("x1", cpu="{cores: 4}")],
        1,
    ),
    "crowded out": (
        app("b", service("t", "needs memory 5GiB"), priority=9) + app("a", service("s", "needs memory 4GiB")),
        [host("x1")],
        2,
    ),
    "a clash of clauses": (
        app("a", service("s", "same host as t"), service("t", "different host than s")),
        [host("x1"), host("x2")],
        2,
    ),
    "a clash of clauses and room": (
        app(
            "a",
            service("s", "same host as t", "needs memory 5GiB"),
            service("t", "needs memory 4GiB"),
        ),
        [host("x1"), host("x2")],
        3,
    ),
    "two clashes": (
        app(
            "a",
            service("s", "same host as t"),
            service("t", "different host than s"),
            service("u", "needs memory 9GiB"),
        ),
        [host("x1"), host("x2")],
        1,
    ),
    "devices for two more": (
        app("a", service("s", "needs gpu 1", replicas=3)),
        [host("x1", gpus="[{model: T4}]")],
        1,
    ),
    "little known": (app("a", service("s", "needs memory 3GiB")), [host("x1", memory=None)], 1),
    "little known and too much": (
        app("a", service("s", "needs memory 3GiB", "at most 1 per host", replicas=3)),
        [host("x1", memory=None)],
        1,
    ),
    "down": (app("a", service("s", "needs memory 3GiB")), [host("x1", up="false")], 1),
}


@pytest.mark.parametrize("case", CASES)
def test_each_suggestion_helps(case: str) -> None:
    place, hosts, least = CASES[case]
    files = Files(place, fleet(site("x", *hosts)))
    before = planned(*files).plan.header.left_out
    (entry,) = before
    assert len(entry.suggestions) >= least, [s.text for s in entry.suggestions]
    for suggestion in entry.suggestions:
        after = planned(*apply(suggestion.text, files)).plan.header.left_out
        assert not {name for left in after for name in left.groups} & set(entry.groups), suggestion.text


def test_two_changes_are_suggested_together() -> None:
    place, hosts, _ = CASES["two clashes"]
    (entry,) = planned(place, fleet(site("x", *hosts))).plan.header.left_out
    assert entry.suggestions[0].text == (
        "if a.u@x needed 8GiB of memory instead of 9GiB and without `same host as t` (fleet.place:5:1)"
    )


def test_what_would_have_to_be_known_and_changed_is_suggested_together() -> None:
    place, hosts, _ = CASES["little known and too much"]
    (entry,) = planned(place, fleet(site("x", *hosts))).plan.header.left_out
    assert [s.text for s in entry.suggestions] == ["if memory of x1 >= 3GiB and with 1 of a.s@x instead of 3"]


def test_hosts_are_counted() -> None:
    place, hosts, _ = CASES["devices for two more"]
    (entry,) = planned(place, fleet(site("x", *hosts))).plan.header.left_out
    assert "with 1 of a.s@x instead of 3" in [s.text for s in entry.suggestions]
