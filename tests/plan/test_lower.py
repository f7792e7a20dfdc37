from __future__ import annotations

import pytest

from placelang.lower import Lowered
from placelang_scheduler import AtLeast, AtMost, Different, Hosts, Same, Spread, Workload
from tests.plan.fleets import fleet, host, planned, site

HEAD = 'label host.role: string\nlabel host.pool: string = "none"\nlabel site.area: string\nresource slots: number\n'


def lowered(body: str, facts: str, *, app: str = "") -> Lowered:
    """One app `a` with the services of `body`."""
    return planned(f"{HEAD}app a {{\n{app}\n{body}\n}}\n", facts).lowered


def service(name: str, *clauses: str) -> str:
    return f"service {name} {{\n" + "\n".join(clauses) + "\n}\n"


def units(found: Lowered) -> list[str]:
    return [unit.name for unit in found.units]


def workload(found: Lowered, name: str) -> Workload:
    return next(w for w in found.problem.workloads if w.id == name)


def hosts(found: Lowered, indices: object) -> list[str]:
    assert isinstance(indices, tuple | frozenset)
    return sorted(found.world.hosts.names[h] for h in indices)


THREE = fleet(
    site("a", host("a1", zone="x", memory="16GiB"), host("a2", zone="y"), kind="store"),
    site("b", host("b1", memory=None, zone="x"), kind="office"),
    site("c", host("c1")),
)


def test_per_site_a_unit_stands_for_each_site_whose_filters_are_not_false() -> None:
    found = lowered(service("s", "replicas 2 per site"), THREE, app='sites where kind == "store"')
    assert units(found) == ["a.s@a", "a.s@c"]
    assert hosts(found, workload(found, "a.s@a").candidates) == ["a1", "a2"]
    assert workload(found, "a.s@c").candidates == (), "the kind of c is unknown"


def test_the_services_per_site_of_an_app_are_one_group_at_each_site() -> None:
    body = service("s", "replicas 1 per site") + service(
        "t", "replicas 1 per site", 'sites where kind == "store"'
    )
    found = lowered(body, THREE)
    assert [g.id for g in found.problem.groups] == ["a@a", "a@b", "a@c"]
    assert [u.group for u in found.units] == [0, 1, 2, 0, 2]


def test_in_all_is_one_unit_over_all_hosts() -> None:
    found = lowered(service("s", "replicas 3"), THREE)
    assert units(found) == ["a.s"]
    assert hosts(found, workload(found, "a.s").candidates) == ["a1", "a2", "b1", "c1"]
    assert found.problem.groups[0].id == "a.s"


def test_per_zone_a_unit_stands_for_each_value_of_each_site() -> None:
    found = lowered(service("s", "replicas 1 per zone"), THREE)
    assert units(found) == ["a.s@a/x", "a.s@a/y", "a.s@b/x", "a.s@c/?"]
    assert workload(found, "a.s@c/?").candidates == (), "no zone of c is known"


def test_per_host_each_wanted_host_is_a_group_by_itself() -> None:
    found = lowered(service("s", "replicas 1 per host", "hosts where memory >= 8GiB"), THREE)
    assert [g.id for g in found.problem.groups] == ["a.s@a1", "a.s@a2", "a.s@b1", "a.s@c1"]
    assert workload(found, "a.s@b1").candidates == (), "its memory is unknown"


def test_per_label_values_are_those_of_the_whole_fleet() -> None:
    facts = fleet(
        site("a", host("a1", labels="{pool: p}"), host("a2")), site("b", host("b1", labels="{pool: p}"))
    )
    found = lowered(service("s", "replicas 1 per host.pool"), facts)
    assert units(found) == ["a.s@none", "a.s@p"]
    assert hosts(found, workload(found, "a.s@p").candidates) == ["a1", "b1"]


def test_names_cannot_be_confused_by_what_they_are_joined_with() -> None:
    facts = fleet(site("a/b@c", host("h1", zone='"d"')), site("a", host("h2", zone='"b@c/d"')))
    assert units(lowered(service("s", "replicas 1 per zone"), facts)) == [
        "a.s@a/b%40c%2Fd",
        "a.s@a%2Fb%40c/d",
    ]


def test_a_host_that_is_down_is_no_candidate_and_one_that_says_nothing_is_up() -> None:
    facts = fleet(site("a", host("a1", up="false"), host("a2", up="true"), host("a3", up="null"), host("a4")))
    found = lowered(service("s", "replicas 1 per site"), facts)
    assert hosts(found, workload(found, "a.s@a").candidates) == ["a2", "a3", "a4"]


def test_a_host_that_was_up_too_long_ago_is_undecided() -> None:
    facts = fleet(
        site("a", host("a1", up="{value: true, observed: 2026-03-02T04:00:00Z}"), host("a2", up="true")),
        head="ttl: {host.up: 10min}",
    )
    found = lowered(service("s", "replicas 1 per site"), facts)
    assert hosts(found, workload(found, "a.s@a").candidates) == ["a2"]
    assert found.steps["a.s"].undecided.tolist() == [True, False]


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        ("memory 1GiB", ["a1", "a2", "c1"]),
        ("gpu 1", []),
        ("slots 1", []),
    ],
)
def test_what_a_host_has_not_or_nobody_knows_keeps_a_service_away(need: str, expected: list[str]) -> None:
    found = lowered(service("s", "replicas 1", f"needs {need}"), THREE)
    assert hosts(found, workload(found, "a.s").candidates) == expected


def test_amounts_are_whole_demands_rounded_up_and_capacities_down() -> None:
    facts = fleet(site("a", host("a1", cpu="{cores: 1.9999}", memory="1.5KiB")))
    found = lowered(service("s", "replicas 1", "needs cpu 0.1, memory 0.3B"), facts)
    assert workload(found, "a.s").demand == {"cpu": 100, "memory": 1}
    assert found.problem.hosts[0].capacity == {"cpu": 1999, "memory": 1536}


def test_a_host_port_is_a_thing_of_which_every_host_has_one() -> None:
    found = lowered(
        service("s", "replicas 1", "port 8080") + service("t", "replicas 1", "port 8080 to 80"), THREE
    )
    assert workload(found, "a.s").demand == workload(found, "a.t").demand == {"port:8080": 1}
    assert found.problem.hosts[0].capacity["port:8080"] == 1


def test_an_unknown_environment_makes_a_host_undecided_unless_it_has_a_default() -> None:
    facts = fleet(site("a", host("a1", labels="{role: x}"), host("a2")))
    found = lowered(
        service("s", "replicas 1", "env ROLE = host.role")
        + service("t", "replicas 1", 'env ROLE = host.role ?? "-"'),
        facts,
    )
    assert hosts(found, workload(found, "a.s").candidates) == ["a1"]
    assert hosts(found, workload(found, "a.t").candidates) == ["a1", "a2"]


def test_gpus_that_no_need_tells_apart_are_one_class() -> None:
    facts = fleet(
        site(
            "a", host("a1", gpus="[{memory: 8GiB}, {memory: 4GiB}, {memory: 8GiB}]"), host("a2", gpus="[{}]")
        )
    )
    found = lowered(
        service("s", "replicas 1", "needs gpu 2 where memory >= 8GiB")
        + service("t", "replicas 1", "needs gpu 1"),
        facts,
    )
    assert [(d.kind, d.count) for d in found.problem.hosts[0].devices] == [("gpu", 1), ("gpu", 2)]
    assert [d.count for d in found.problem.hosts[1].devices] == [1]
    assert hosts(found, workload(found, "a.s").candidates) == ["a1"]
    assert hosts(found, workload(found, "a.t").candidates) == ["a1", "a2"]
    accepted = workload(found, "a.s").devices[0].accepts
    assert accepted is not None
    assert [(h, c) for h, c in accepted if h == 0] == [(0, found.problem.hosts[0].devices[1].id)]


def test_too_few_known_gpus_are_false_only_where_the_list_is_complete() -> None:
    facts = fleet(
        site(
            "a",
            host("a1", gpus="[{}]"),
            host("a2", gpus=None),
            host("a3", gpus="[]"),
            host("a4", gpus="[{memory: 9GiB}]"),
        )
    )
    found = lowered(service("s", "replicas 1", "needs gpu 1 where memory >= 8GiB"), facts)
    assert hosts(found, workload(found, "a.s").candidates) == ["a4"]
    assert found.steps["a.s"].undecided.tolist() == [True, True, False, False]


def test_preferred_filters_are_soft_and_say_nothing_where_all_hosts_pass() -> None:
    body = service("s", "replicas 1 per site", "prefer hosts where memory >= 8GiB weight 3")
    posed = [c for c in lowered(body, THREE).problem.constraints if isinstance(c, Hosts)]
    assert [(c.weight, c.accepted) for c in posed] == [(3, frozenset())], "only b, whose memory is unknown"


def test_constraints_keep_their_keys_counts_and_weights() -> None:
    body = service("s", "replicas 2 per site") + service(
        "t",
        "replicas 2 per site",
        "spread over zone skew 2",
        "at most 1 per host",
        "prefer at least 2 different rack weight 4",
        "same site as s",
        "prefer different zone than s",
    )
    found = lowered(body, THREE).problem.constraints
    assert [(c.key, c.skew, c.weight) for c in found if isinstance(c, Spread)] == [("host.zone", 2, None)] * 3
    assert [(c.workloads, c.key, c.count) for c in found if isinstance(c, AtMost)] == [
        ((3, 4, 5), "host.name", 1)
    ]
    assert [(c.key, c.count, c.weight) for c in found if isinstance(c, AtLeast)] == [("host.rack", 2, 4)] * 3
    assert [(c.workloads, c.partners, c.key) for c in found if isinstance(c, Same)] == [
        ((3, 4, 5), (0, 1, 2), "site.name")
    ]
    assert [(c.key, c.weight) for c in found if isinstance(c, Different)] == [("host.zone", 1)]


def test_a_host_with_an_unknown_value_is_undecided_for_each_hard_clause_that_names_the_key() -> None:
    facts = fleet(site("a", host("a1", zone="x"), host("a2")))
    found = lowered(
        service("s", "replicas 1 per site", "spread over zone")
        + service("t", "replicas 1 per site", "prefer spread over zone"),
        facts,
    )
    assert hosts(found, workload(found, "a.s@a").candidates) == ["a1"]
    assert hosts(found, workload(found, "a.t@a").candidates) == ["a1", "a2"]


def test_spread_counts_the_values_of_hosts_that_pass_the_filters_though_they_may_be_too_small() -> None:
    facts = fleet(
        site(
            "a", host("a1", zone="x"), host("a2", zone="y", memory="1GiB"), host("a3", zone="z", memory=None)
        )
    )
    found = lowered(service("s", "replicas 1..2 per site", "needs memory 2GiB", "spread over zone"), facts)
    (spread,) = found.problem.constraints
    assert isinstance(spread, Spread)
    assert spread.values == ("a/x", "a/y", "a/z")
    assert hosts(found, workload(found, "a.s@a").candidates) == ["a1", "a2"]


def test_same_as_a_service_that_is_wanted_nowhere_accepts_no_host() -> None:
    body = service("s", "replicas 1 per site", 'sites where name == "zzz"') + service(
        "t", "replicas 1", "same host as s"
    )
    found = lowered(body, THREE)
    assert [(c.workload, c.accepted) for c in found.problem.constraints if isinstance(c, Hosts)] == [
        (0, frozenset())
    ]
    assert [s.name for s in found.nowhere] == ["a.s"]


def two_apps(*clauses: str) -> Lowered:
    text = f"{HEAD}app a {{\n{service('s', 'replicas 1 per site')}}}\napp b {{\n{service('t', *clauses)}}}\n"
    return planned(text, THREE).lowered


def requires(found: Lowered) -> dict[str, list[str]]:
    groups = found.problem.groups
    return {g.id: [groups[other].id for other in g.requires] for g in groups if g.requires}


@pytest.mark.parametrize("clause", ["after a.s", "same host as a.s", "same zone as a.s"])
def test_a_group_requires_the_one_group_that_can_serve_it(clause: str) -> None:
    found = two_apps("replicas 1 per site", clause)
    assert requires(found) == {"b@a": ["a@a"], "b@b": ["a@b"], "b@c": ["a@c"]}


def test_after_several_groups_needs_any_of_them() -> None:
    found = two_apps("replicas 1", "after a.s")
    assert requires(found) == {}
    (any_of_them,) = found.problem.constraints
    assert isinstance(any_of_them, Same)
    assert any_of_them.partners == (0, 1, 2)


def test_groups_that_require_each_other_stand_and_fall_together() -> None:
    per_site = "replicas 1 per site"
    a = service("s", per_site) + service("t", per_site, "after b.u")
    b = service("u", per_site, "needs memory 9GiB") + service("v", per_site, "after a.s")
    text = f"app a {{\n{a}}}\napp b {{\n{b}}}\n"
    found = planned(text, THREE)
    assert requires(found.lowered) == {}
    assert {g for e in found.plan.header.left_out for g in e.groups} == {"a@b", "b@b", "a@c", "b@c"}


def test_a_soft_same_requires_nothing() -> None:
    assert requires(two_apps("replicas 1 per site", "prefer same host as a.s")) == {}


def test_the_same_input_gives_the_same_problem() -> None:
    body = service("s", "replicas 2 per site", "spread over zone", "needs memory 1GiB")
    assert lowered(body, THREE).problem == lowered(body, THREE).problem
