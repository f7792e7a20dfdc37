from __future__ import annotations

from random import Random

import networkx as nx
import pytest
from pydantic import ValidationError

from placelang.cli.plan_text import View, plan_text
from placelang.verify import verify
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.part import SitePart
from placelang_runtime.plan import Plan
from placelang_runtime.steps import Step, StepKind, Steps
from tests.plan.fleets import Planned, fleet, host, planned, replicas, site
from tests.plan.random_fleets import random_inventory, random_place


def steps(part: SitePart) -> Steps:
    assert part.steps is not None
    return part.steps


def told(plan: Plan) -> list[tuple[str, str, str | None]]:
    """The steps of a plan's first site."""
    return [(node.kind, node.of, node.host) for node in steps(plan.parts[0]).nodes]


def notes(plan: Plan) -> list[tuple[str, str, str]]:
    found = steps(plan.parts[0])
    return [(found.nodes[n.step].kind, n.kind, n.text) for n in found.notes]


def edges(plan: Plan) -> set[tuple[str, str]]:
    found = steps(plan.parts[0])
    names = [f"{node.kind} {node.of}" for node in found.nodes]
    return {(names[first], names[then]) for first, then in found.edges}


ONE = 'app a { service s { image "s:%s"; replicas 1 per site; needs memory %s; %s } }'


def replaced(clauses: str, *, memory: str = "1GiB", hosts: str = host("x1")) -> Plan:
    """One replica, then its next version."""
    first = planned(ONE % (1, memory, clauses), fleet(site("x", hosts))).plan
    return planned(ONE % (2, memory, clauses), fleet(site("x", hosts)), current=first).plan


def test_a_new_version_starts_before_the_old_one_stops() -> None:
    plan = replaced("restart always")
    assert told(plan) == [
        ("fetch-image", "s:2", None),
        ("start", "a.s@x/1", "x1"),
        ("switch", "a.s@x/1", "x1"),
        ("stop", "a.s@x/1", "x1"),
        ("clean", "x1", "x1"),
    ]
    assert notes(plan) == []
    assert steps(plan.parts[0]).edges == ((0, 1), (1, 2), (2, 3), (3, 4))


@pytest.mark.parametrize(
    ("clauses", "memory", "why"),
    [
        ("port 80", "1GiB", "there is no room for two copies: host port 80 of x1"),
        ("restart always", "5GiB", "there is no room for two copies: memory of x1"),
        (
            "at most 1 per host",
            "1GiB",
            "there is no room for two copies: `at most 1 per host` (fleet.place:1:74)",
        ),
        ("single", "1GiB", "it must not run twice"),
        ('volume "/data" keep', "1GiB", "its volume is kept: one copy at a time"),
    ],
)
def test_where_two_copies_cannot_stand_the_old_one_stops_first_and_the_plan_says_why(
    clauses: str, memory: str, why: str
) -> None:
    plan = replaced(clauses, memory=memory)
    assert notes(plan) == [("stop", "stops-first", why)]
    assert ("stop a.s@x/1", "start a.s@x/1") in edges(plan)


def test_nothing_is_to_be_done_where_nothing_changed() -> None:
    place, facts = ONE % (1, "1GiB", "port 80"), fleet(site("x", host("x1")), site("y", host("y1")))
    again = planned(place, facts, current=planned(place, facts).plan).plan
    assert [part.steps for part in again.parts] == [None, None]
    assert again.header.schedule is not None
    assert (again.header.schedule.steps, again.header.schedule.seconds) == (0, 0)


def test_on_a_lost_host_nothing_can_be_stopped_and_what_must_be_single_waits() -> None:
    hosts = host("x1"), host("x2", memory="4GiB")
    lost = host("x1", up="false"), hosts[1]
    for clauses, kinds in (
        ("restart always", ["start"]),
        ("single", ["stop", "start", "switch"]),
    ):
        place = ONE % (1, "1GiB", f"prefer hosts where memory >= 8GiB; {clauses}")
        first = planned(place, fleet(site("x", *hosts))).plan
        later = planned(place, fleet(site("x", *lost)), current=first).plan
        assert [kind for kind, _, _ in told(later)] == kinds
    assert notes(later) == [
        (
            "stop",
            "stops-first",
            "its host does not answer, and it must not run twice: it starts once this is known to be stopped",
        )
    ]


def test_what_is_no_longer_wanted_makes_room_first() -> None:
    facts = fleet(site("x", host("x1")))
    first = planned("app a { service old { replicas 1 per site; needs memory 6GiB } }", facts).plan
    later = planned("app a { service new { replicas 1 per site; needs memory 6GiB } }", facts, current=first)
    assert ("stop a.old@x/1", "start a.new@x/1") in edges(later.plan)


def test_a_gpu_is_let_go_before_another_takes_it() -> None:
    place = "app a { priority %s; service s { replicas 1 per site; needs gpu 1 } }\n"
    place += "app b { priority 5; service t { replicas 1 per site; needs gpu 1 } }"
    facts = fleet(site("x", host("x1", gpus="[{}]")))
    first = planned(place % 1, facts).plan
    later = planned(place % 9, facts, current=first).plan
    assert ("stop b.t@x/1", "start a.s@x/1") in edges(later)


def test_a_first_plan_starts_after_what_it_waits_for() -> None:
    place = """app a {
      service web { image "web"; replicas 1 per site; after db }
      service db { image "db"; replicas 1 per site; health tcp 5432 every 10s }
      service log { replicas 1 per site; same host as db }
    }"""
    plan = planned(place, fleet(site("x", host("x1"), host("x2"), uplink="{bandwidth: 100Mbps}"))).plan
    assert edges(plan) == {
        ("fetch-image web", "start a.web@x/1"),
        ("fetch-image db", "start a.db@x/1"),
        ("start a.db@x/1", "start a.web@x/1"),
        ("start a.db@x/1", "start a.log@x/1"),
    }
    seconds = {node.of: node.seconds for node in steps(plan.parts[0]).nodes}
    assert (seconds["db"], seconds["a.db@x/1"], seconds["a.web@x/1"]) == (48, 35, 5)
    assert steps(plan.parts[0]).seconds == 48 + 35 + 5


def test_across_sites_the_header_says_what_waits_for_what() -> None:
    place = 'app a { service s { replicas 1; single; sites where name == "%s" } }'
    facts = fleet(site("x", host("x1")), site("y", host("y1")))
    first = planned(place % "x", facts).plan
    later = planned(place % "y", facts, current=first).plan
    assert later.header.schedule is not None
    (between,) = later.header.schedule.between
    assert (between.first.site, between.then.site) == ("x", "y")
    assert steps(later.parts[0]).nodes[between.first.step].kind == "stop"
    assert steps(later.parts[1]).nodes[between.then.step].kind == "start"
    assert steps(later.parts[1]).awaits == (between.then.step,)


SWAP = """app a { service s { replicas 1 per site; needs memory 5GiB; prefer hosts where name == "%s" weight 9 } }
app b { service t { replicas 1 per site; needs memory 5GiB; prefer hosts where name == "%s" weight 9 } }"""


@pytest.mark.parametrize("spare", ["8GiB", "4GiB"])
def test_a_circle_is_broken_by_a_spare_host_or_told(spare: str) -> None:
    facts = fleet(site("x", host("x1"), host("x2"), host("x3", memory=spare)))
    first = planned(SWAP % ("x1", "x2"), facts).plan
    later = planned(SWAP % ("x2", "x1"), facts, current=first)
    found = notes(later.plan)
    if spare == "8GiB":
        assert found == [("start", "spare", "b.t@x/1 stands here until there is room where it is to go")]
        assert [(r.name, r.host) for r in later.plan.parts[0].visits] == [("b.t@x/1", "x3")]
    else:
        assert found == [("stop", "stops-first", "it makes room for a.s@x/1: memory of x2")]
    assert verify(later.plan, later.program, later.inventory, current=first, replay=True) == ()
    text = plan_text(later.plan, View(every_step=True), width=100, colour=False)
    assert found[0][2] in text


@pytest.mark.parametrize("seed", range(24))
def test_steps_hold_for_random_fleets_of_which_hosts_are_lost_and_facts_change(seed: int) -> None:
    random = Random(seed)
    place, facts = random_place(random), random_inventory(random)
    first = planned(place, facts)
    later = planned(_next_version(place), random_inventory(random), current=first.plan)
    assert verify(later.plan, later.program, later.inventory, current=first.plan) == ()
    assert from_json(to_json(later.plan)) == later.plan
    _leads_there(first, later)


def _next_version(place: str) -> str:
    return place.replace('s1:1"', 's1:2"').replace("memory 1GiB", "memory 2GiB", 1)


def _leads_there(first: Planned, later: Planned) -> None:
    """Carried out in any order of the graph, the steps leave just what the plan says."""
    down = {name for name, up in zip(later.inventory.hosts.names, _up(later), strict=True) if not up}
    known = set(later.inventory.hosts.names) - down
    standing = sorted((r.name, r.host) for r in replicas(first.plan) if r.host in known)
    for part in later.plan.parts:
        if part.steps is None:
            continue
        graph = nx.DiGraph(part.steps.edges)
        graph.add_nodes_from(range(len(part.steps.nodes)))
        for number in list(nx.topological_sort(graph)):
            node = part.steps.nodes[number]
            if node.kind == "start" and node.host is not None:
                standing.append((node.of, node.host))
    stopped = [
        (n.of, n.host or "") for p in later.plan.parts if p.steps for n in p.steps.nodes if n.kind == "stop"
    ]
    for one in stopped:
        if one[1] in known:
            standing.remove(one)
    assert sorted(standing) == sorted((r.name, r.host) for r in replicas(later.plan))


def _up(planned_: Planned) -> list[bool]:
    up = planned_.lowered.world.hosts.facts["up"]
    return [up.value(row) is not False for row in range(len(planned_.lowered.world.hosts))]


def _step(kind: StepKind = "stop") -> Step:
    return Step(kind=kind, of="a.s@x/1", host="x1", seconds=1)


@pytest.mark.parametrize("edge", [(0, 0), (1, 0), (0, 2)])
def test_steps_that_wait_for_later_ones_are_no_steps(edge: tuple[int, int]) -> None:
    with pytest.raises(ValidationError):
        Steps(nodes=(_step(), _step("start")), edges=(edge,))


def test_altered_steps_are_found() -> None:
    first = planned(ONE % (1, "1GiB", "port 80"), fleet(site("x", host("x1")))).plan
    later = planned(ONE % (2, "1GiB", "port 80"), fleet(site("x", host("x1"))), current=first)
    part = later.plan.parts[0]
    free = part.model_copy(update={"steps": steps(part).model_copy(update={"edges": ()})})
    altered = later.plan.model_copy(update={"parts": (free,)})
    found = verify(altered, later.program, later.inventory, current=first)
    assert [f.kind for f in found] == ["digest", "part"]
