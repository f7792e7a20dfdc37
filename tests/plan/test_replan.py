from __future__ import annotations

from pathlib import Path

import pytest

from placelang.cli.plan_text import View, plan_text
from placelang_runtime.left_out import Proof
from placelang_runtime.plan import Changes, Plan
from tests.plan.fleets import BUDGET, fleet, host, planned, replicas, site, where

FACTORY = Path(__file__).parents[2] / "examples/factory"
PLACE = """
app a {
  service web {
    replicas 2 per site
    needs    memory 2GiB
    at most 1 per host
  }
  service log {
    replicas 1 per host
    needs    memory 512MiB
  }
}
"""


def changes(plan: Plan) -> Changes:
    assert plan.header.changes is not None
    return plan.header.changes


def listed(plan: Plan) -> dict[str, tuple[str | None, str | None]]:
    return {c.replica: (c.source, c.target) for c in changes(plan).list}


def three(**of_first: str | None) -> str:
    return fleet(site("x", host("x1", **of_first), host("x2"), host("x3")), site("y", host("y1"), host("y2")))


def test_nothing_moves_when_nothing_changed() -> None:
    first = planned(PLACE, three()).plan
    second = planned(PLACE, three(), current=first).plan
    assert changes(second) == Changes(start=0, stop=0, move=0, keep=len(replicas(first)), list=())
    assert where(second) == where(first)


def test_a_lost_host_moves_only_what_it_held() -> None:
    first = planned(PLACE, three()).plan
    lost = {name: at for name, at in where(first).items() if at == "x1"}
    second = planned(PLACE, three(up="false"), current=first).plan
    assert listed(second) == {"a.log@x1/1": ("x1", None), "a.web@x/1": ("x1", "x3")}
    assert set(lost) == set(listed(second))


def test_a_host_that_is_gone_gives_up_its_names() -> None:
    first = planned(PLACE, three()).plan
    gone = fleet(site("x", host("x2"), host("x3")), site("y", host("y1"), host("y2")))
    second = planned(PLACE, gone, current=first).plan
    assert listed(second) == {"a.log@x1/1": ("x1", None), "a.web@x/1": ("x1", "x3")}


def test_a_service_that_is_no_longer_wanted_stops() -> None:
    first = planned(PLACE, three()).plan
    second = planned(
        "app a { service web { replicas 2 per site; at most 1 per host } }", three(), current=first
    ).plan
    assert changes(second).stop == 5
    assert all(name.startswith("a.log") for name in listed(second))


def test_fewer_replicas_stop_the_last_and_more_start_under_free_names() -> None:
    one = "app a { service web { replicas 1 per site; at most 1 per host } }"
    two = planned(one.replace("1 per site", "2 per site"), three()).plan
    fewer = planned(one, three(), current=two).plan
    assert (changes(fewer).stop, changes(fewer).move, changes(fewer).keep) == (2, 0, 2)
    assert set(where(planned(one.replace("1 per site", "2 per site"), three(), current=fewer).plan)) == set(
        where(two)
    )


CLAUSES: dict[str, dict[str, str | None]] = {
    "hosts where memory >= 4GiB": {"memory": None},
    "needs memory 2GiB": {"memory": None},
    "needs gpu 1 where memory >= 4GiB": {"gpus": "[{}]"},
    "needs gpu 1": {"gpus": None},
    "needs device camera": {"devices": None},
    'needs device camera where vendor == "acme"': {"devices": "[{name: eye, kind: camera}]"},
    "spread over zone": {"zone": None},
    "env ZONE = host.zone": {"zone": None},
}
FALSE: dict[str, dict[str, str | None]] = {
    "hosts where memory >= 4GiB": {"memory": "1GiB"},
    "needs memory 2GiB": {"memory": "1GiB"},
    "needs gpu 1 where memory >= 4GiB": {"gpus": "[{memory: 1GiB}]"},
    "needs gpu 1": {"gpus": "[]"},
    "needs device camera": {"devices": "[]"},
    'needs device camera where vendor == "acme"': {"devices": "[{name: eye, kind: camera, vendor: other}]"},
}
KNOWN: dict[str, str | None] = {
    "gpus": "[{memory: 8GiB}]",
    "devices": "[{name: eye, kind: camera, vendor: acme}]",
    "zone": "a",
}
HEAD = "device camera { udev 'SUBSYSTEM==\"video4linux\"' }\n"


def moving(clause: str, later: dict[str, str | None], spare: bool) -> tuple[Plan, Plan]:
    """One replica, first on x1 since nothing else is there, then with other facts of x1, and perhaps another host."""
    place = f"{HEAD}app a {{ service s {{ replicas 1 per site\n{clause}\n}} }}"
    first = planned(place, fleet(site("x", host("x1", **KNOWN)))).plan
    hosts = [host("x1", **(KNOWN | later)), *([host("x2", **KNOWN)] if spare else [])]
    return first, planned(place, fleet(site("x", *hosts)), current=first).plan


@pytest.mark.parametrize("spare", [False, True])
@pytest.mark.parametrize("clause", CLAUSES)
def test_unknown_never_moves_or_stops_what_runs(clause: str, spare: bool) -> None:
    first, second = moving(clause, CLAUSES[clause], spare)
    assert where(second) == where(first) == {"a.s@x/1": "x1"}
    assert [(r.gpus, r.devices, r.env) for r in replicas(second)] == [
        (r.gpus, r.devices, r.env) for r in replicas(first)
    ]


@pytest.mark.parametrize("clause", CLAUSES)
def test_unknown_keeps_new_replicas_away(clause: str) -> None:
    place = f"{HEAD}app a {{ service s {{ replicas 1 per site\n{clause}\n}} }}"
    assert where(planned(place, fleet(site("x", host("x1", **(KNOWN | CLAUSES[clause]))))).plan) == {}


@pytest.mark.parametrize("clause", FALSE)
def test_false_moves_what_runs(clause: str) -> None:
    _, second = moving(clause, FALSE[clause], spare=True)
    assert listed(second) == {"a.s@x/1": ("x1", "x2")}


@pytest.mark.parametrize("clause", FALSE)
def test_false_stops_what_runs_where_there_is_no_other_host(clause: str) -> None:
    _, second = moving(clause, FALSE[clause], spare=False)
    assert listed(second) == {"a.s@x/1": ("x1", None)}


def test_a_partner_of_unknown_zone_does_not_start_beside_what_must_be_different() -> None:
    place = """app a { priority 9; service s { replicas 1 per site; different zone than b.t } }
    app b { service t { replicas 1 per site; %s } }"""
    hosts = host("x1", zone="a"), host("x2", disk="900GiB")
    first = planned(place % "hosts where disk >= 500GiB", fleet(site("x", *hosts))).plan
    assert where(first) == {"a.s@x/1": "x1"}
    again = planned(place % "hosts where disk >= 500GiB", fleet(site("x", *hosts)), current=first).plan
    assert where(again) == where(first)


def test_where_both_run_the_zone_of_a_partner_may_become_unknown() -> None:
    place = """app a { priority 9; service s { replicas 1 per site; different zone than b.t } }
    app b { service t { replicas 1 per site; hosts where disk >= 500GiB } }"""
    first = planned(place, fleet(site("x", host("x1", zone="a"), host("x2", disk="900GiB", zone="b")))).plan
    later = planned(place, fleet(site("x", host("x1", zone="a"), host("x2", disk="900GiB"))), current=first)
    assert where(later.plan) == where(first) == {"a.s@x/1": "x1", "b.t@x/1": "x2"}


@pytest.mark.parametrize("budget", [0.05, BUDGET])
def test_what_a_lost_machine_of_the_plant_costs_is_proved_and_has_a_reason(budget: float) -> None:
    place = (FACTORY / "factory.place").read_text().partition('\ntest "')[0]
    facts = (FACTORY / "inventory.yaml").read_text()
    before, name, after = facts.partition("- name: assembly-2")
    first = planned(place, facts).plan
    lost = planned(
        place, before + name + after.replace("up: true", "up: false", 1), current=first, budget=budget
    )
    (entry,) = lost.plan.header.left_out
    assert (entry.groups, entry.proof) == (("workbench@olomouc",), Proof.PROVED)
    assert "inspection.inspector@olomouc/assembly takes the room" in entry.reasons[0].text


def test_what_stays_on_unknown_facts_is_listed_with_their_age() -> None:
    place = "app a { service s { replicas 1 per site; hosts where memory >= 4GiB } }"
    facts = fleet(
        site("x", host("x1", memory="{value: 8GiB, observed: 2026-03-02T04:00:00Z}")),
        head="ttl: {host.memory: 90min}",
    )
    first = planned(place, facts).plan
    later = planned(place, facts, current=first, at=1772431200000)
    (stay,) = later.plan.header.stays
    assert (stay.replica, stay.host) == ("a.s@x/1", "x1")
    assert stay.clause is not None
    assert stay.clause.text == "hosts where memory >= 4GiB"
    assert [(f.fact, f.age_ms) for f in stay.facts] == [("memory of x1", 2 * 3600 * 1000)]


def test_nothing_stays_on_unknown_facts_beyond_what_runs_there() -> None:
    place = "app a { service s { replicas 1..3 per site; needs memory 1GiB } }"
    first = planned(place, fleet(site("x", host("x1", memory="1GiB")))).plan
    second = planned(place, fleet(site("x", host("x1", memory=None))), current=first).plan
    assert where(second) == {"a.s@x/1": "x1"}


def test_a_kept_volume_holds_its_replica_though_another_host_is_preferred() -> None:
    place = "app a { service s { replicas 1 per site; prefer hosts where disk >= 200GiB weight 9; %s } }"
    small, large = host("x1"), host("x2", disk="300GiB")
    first = planned(place % "restart always", fleet(site("x", small))).plan
    both = fleet(site("x", small, large))
    kept = place % 'volume "/data" keep'
    assert where(planned(place % "restart always", both, current=first).plan) == {"a.s@x/1": "x2"}
    assert where(planned(kept, both, current=first).plan) == {"a.s@x/1": "x1"}


def test_a_replica_keeps_its_gpu_and_a_newcomer_takes_the_other() -> None:
    gpus = host("x1", gpus="[{}, {}]")
    place = "app a { service s { replicas %s per site; needs gpu 1 } }"
    two = planned(place % "2", fleet(site("x", gpus))).plan
    assert {r.name: r.gpus for r in replicas(two)} == {"a.s@x/1": ("x1/gpu0",), "a.s@x/2": ("x1/gpu1",)}
    part = two.parts[0]
    service = part.groups[0].services[0]
    only = service.model_copy(update={"replicas": (service.replicas[1],)})
    group = part.groups[0].model_copy(update={"services": (only,)})
    left = two.model_copy(update={"parts": (part.model_copy(update={"groups": (group,)}),)})
    again = planned(place % "2", fleet(site("x", gpus)), current=left).plan
    assert {r.name: r.gpus for r in replicas(again)} == {"a.s@x/1": ("x1/gpu0",), "a.s@x/2": ("x1/gpu1",)}


def test_counting_otherwise_restarts_nothing() -> None:
    first = planned("app a { service s { replicas 1 per site } }", three()).plan
    second = planned("app a { service s { replicas 2; at most 1 per site } }", three(), current=first).plan
    assert (changes(second).start, changes(second).stop, changes(second).move) == (0, 0, 0)
    assert where(second) == where(first)


def test_what_gives_way_is_listed_with_who_took_its_place_and_for_want_of_what() -> None:
    low = "app low { priority 1; service s { replicas 1 per site; needs memory 6GiB } }"
    high = 'app high { priority 9; service t { replicas 1 per site; needs memory 6GiB; hosts where name == "x1" } }'
    for hosts, target in ((("x1",), None), (("x1", "x2"), "x2")):
        first = planned(low, fleet(site("x", host("x1")))).plan
        facts = fleet(site("x", *(host(name) for name in hosts)))
        later = planned(low + "\n" + high, facts, current=first)
        assert [(d.replica, d.source, d.target, d.by, d.resources) for d in later.plan.header.displaced] == [
            ("low.s@x/1", "x1", target, ("high@x",), ("memory",))
        ]
        text = plan_text(later.plan, View(), width=100, colour=False)
        assert "Displaced: 1 replica" in text
        assert "for high@x: memory" in text


def test_what_moves_for_other_reasons_is_not_displaced() -> None:
    first = planned(PLACE, three()).plan
    assert planned(PLACE, three(up="false"), current=first).plan.header.displaced == ()


@pytest.mark.parametrize(
    ("heavy", "light"),
    [
        ('sidecar logs { image "l" }', ""),
        ("serves eye", ""),
        ('volume "/data" keep', 'sidecar logs { image "l" }\n serves eye'),
    ],
)
def test_what_costs_less_to_move_moves(heavy: str, light: str) -> None:
    """Where one of two has to make room, the one stays that has more to fetch, or data to leave behind."""
    head = 'model eye { file "eye.onnx" }\nlabel host.role: string\n'
    both = "".join(
        f'service {name} {{ image "{name}"\n needs memory 3GiB\n {more}\n }}\n'
        for name, more in (("a", heavy), ("b", light))
    )
    newer = 'service c { image "c"\n needs memory 3GiB\n hosts where role == "x"\n }\n'
    first = fleet(site("gbg", host("g1", labels="{role: x}")))
    before = planned(f"{head}app shop {{\n{both}}}\n", first).plan
    then = fleet(site("gbg", host("g1", labels="{role: x}"), host("g2", labels="{role: y}")))
    after = where(planned(f"{head}app shop {{\n{both}{newer}}}\n", then, current=before).plan)
    assert after == {"shop.a/1": "g1", "shop.b/1": "g2", "shop.c/1": "g1"}
