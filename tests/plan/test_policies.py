"""What policies do to plans, and what plans say of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from placelang.explain import explain, explanation_text
from placelang.planning import plan_file
from placelang_runtime.left_out import LeftOut
from placelang_runtime.plan import Plan
from placelang_scheduler import Reserve
from tests.plan.fleets import Planned, fleet, host, left_out, planned, replicas, site, where

HEAD = 'label host.role: string\nlabel host.pool: string = "none"\nresource seats: number\n'


def app(name: str, *services: str, clauses: str = "") -> str:
    return f"app {name} {{\n{clauses}\n" + "\n".join(services) + "\n}\n"


def service(name: str, *clauses: str) -> str:
    lines = (
        clauses
        if any(clause.startswith("replicas") for clause in clauses)
        else (*clauses, "replicas 1 per site")
    )
    return f'service {name} {{\nimage "example.com/{name}:1"\n' + "\n".join(lines) + "\n}\n"


def policy(*clauses: str, name: str = "p") -> str:
    return f"policy {name} {{\n" + "\n".join(clauses) + "\n}\n"


def under(rules: str, apps: str, facts: str, *, current: Plan | None = None) -> Planned:
    return planned(HEAD + rules + apps, facts, current=current)


def hosts_of(found: Planned, service: str) -> list[str]:
    return sorted(
        r.host for r in replicas(found.plan) if r.name.partition("@")[0].partition("/")[0] == service
    )


def reasons(entry: LeftOut) -> list[tuple[str, str]]:
    """Each reason with the clause that it cites."""
    return [(reason.text, reason.clause.text if reason.clause else "") for reason in entry.reasons]


TWO = fleet(
    site(
        "gbg",
        host("g1", labels="{role: gateway}", zone="a", memory="8GiB"),
        host("g2", labels="{role: worker}", zone="b", memory="8GiB"),
        kind="store",
        region="EU",
    ),
    site("osl", host("o1", labels="{role: worker}", zone="a"), kind="store", region="NO"),
)


# --- filters -------------------------------------------------------------------------------------------------------


def test_a_filter_for_some_services_keeps_only_these_from_a_site() -> None:
    rules = policy('services where "pii" in tags { sites where region == "EU" }')
    found = under(rules, app("a", service("s", 'tags "pii"')) + app("b", service("t")), TWO)
    assert hosts_of(found, "a.s") == ["g1"] or hosts_of(found, "a.s") == ["g2"]
    assert "o1" in hosts_of(found, "b.t")
    entry = left_out(found.plan, "a@osl")
    assert reasons(entry) == [
        ("the policy p accepts none of one host for a.s", 'sites where region == "EU"'),
        ("the policy binds a.s", "service s"),
    ]
    assert [(s.text, s.removed) for s in entry.funnels[0].steps if s.removed] == [
        ('sites where region == "EU"', 1)
    ]


def test_the_line_of_the_policy_and_that_of_the_service_are_both_shown() -> None:
    rules = policy('sites where region == "EU"')
    entry = left_out(under(rules, app("a", service("s")), TWO).plan, "a@osl")
    lines = [reason.clause.at.rpartition(":")[0] for reason in entry.reasons if reason.clause]
    assert lines == ["fleet.place:5", "fleet.place:9"]


def test_a_filter_within_some_hosts_binds_these_only() -> None:
    rules = policy('hosts where role == "gateway" { hosts where memory >= 16GiB }')
    assert hosts_of(under(rules, app("a", service("s", "replicas 1 per host")), TWO), "a.s") == ["g2", "o1"]


def test_where_it_is_unknown_whether_a_policy_binds_and_its_filter_is_not_true_a_host_is_undecided() -> None:
    rules = policy('hosts where role == "gateway" { hosts where memory >= 16GiB }')
    facts = fleet(site("x", host("x1"), host("x2", memory="32GiB")))
    found = under(rules, app("a", service("s", "replicas 1 per host")), facts)
    assert hosts_of(found, "a.s") == ["x2"]
    (step,) = (s for s in left_out(found.plan, "a.s@x1").funnels[0].steps if s.undecided)
    assert step.text == "hosts where memory >= 16GiB"
    assert step.undecided_hosts[0].facts == ('role of x1: needed != "gateway"',)


def test_a_preference_of_a_policy_is_one_of_the_service() -> None:
    rules = policy('services where app == "a" { prefer hosts where role == "worker" weight 7 }')
    found = under(rules, app("a", service("s", 'hosts where site.name == "gbg"')), TWO)
    assert hosts_of(found, "a.s") == ["g2"]
    assert all(level.value == 0 for level in found.plan.header.levels if level.name.startswith("preferences"))


def test_a_policy_keeps_from_a_site_without_making_it_unwanted() -> None:
    """A site whose own filters are not false stays wanted: what a policy forbids there is left out, not forgotten."""
    found = under(policy('sites where name == "osl"'), app("a", service("s")), TWO)
    assert [group for entry in found.plan.header.left_out for group in entry.groups] == ["a@gbg"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('accept services where app == "b"', {"a.s": ["g2", "o1"], "b.t": ["g1", "g2", "o1"]}),
        ('services where "net" in tags', {"a.s": ["g1", "g2", "o1"], "b.t": ["g2", "o1"]}),
        ("accept services where image ~ '/t:'", {"a.s": ["g2", "o1"], "b.t": ["g1", "g2", "o1"]}),
        ("accept services where priority > 5", {"a.s": ["g2", "o1"], "b.t": ["g1", "g2", "o1"]}),
        ("priority at most 5", {"a.s": ["g1", "g2", "o1"], "b.t": ["g2", "o1"]}),
        ("forbid privileged", {"a.s": ["g2", "o1"], "b.t": ["g1", "g2", "o1"]}),
        ("forbid capability CHOWN", {"a.s": ["g2", "o1"], "b.t": ["g2", "o1"]}),
        ("forbid writable root", {"a.s": ["g1", "g2", "o1"], "b.t": ["g2", "o1"]}),
        (
            'accept services where name == "s" and file == "fleet.place"',
            {"a.s": ["g1", "g2", "o1"], "b.t": ["g2", "o1"]},
        ),
    ],
)
def test_what_services_have_to_be_keeps_the_others_from_the_hosts_of_the_policy(
    rule: str, expected: dict[str, list[str]]
) -> None:
    rules = policy(f'hosts where role == "gateway" {{ {rule} }}')
    apps = app("a", service("s", "replicas 1 per host", 'tags "net"', "allow privileged")) + app(
        "b", service("t", "replicas 1 per host", "priority 10", "allow capability CHOWN", "writable root")
    )
    found = under(rules, apps, TWO)
    assert {name: hosts_of(found, name) for name in expected} == expected


def test_an_image_that_depends_on_the_host_is_judged_on_each_host() -> None:
    rules = policy("accept services where image ~ 'arm64$'")
    facts = fleet(site("x", host("x1", arch="arm64"), host("x2", arch="amd64"), host("x3", arch="null")))
    image = 'image "example.com/s:${host.arch}"'
    found = under(rules, app("a", f"service s {{\n{image}\nreplicas 1 per host\n}}"), facts)
    assert hosts_of(found, "a.s") == ["x1"]
    undecided = {
        h.host
        for e in found.plan.header.left_out
        for f in e.funnels
        for s in f.steps
        for h in s.undecided_hosts
    }
    assert undecided == {"x3"}


def test_an_image_that_depends_on_the_host_is_bound_by_what_it_may_be() -> None:
    rules = policy("services where image ~ 'arm64$' { hosts where role == \"worker\" }")
    image = 'image "example.com/s:${host.arch}"'
    found = under(rules, app("a", f"service s {{\n{image}\nreplicas 1 per host\n}}"), TWO)
    assert hosts_of(found, "a.s") == ["g2", "o1"]


# --- constraints ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("at most 1 per host", {"g1": 1, "g2": 1}),
        ("spread over zone skew 2", {"g1": 1, "g2": 3}),
        ("at least 2 different zone", {"g1": 1, "g2": 3}),
        ("different host than b.t", {"g2": 4}),
        ("same host as b.t", {"g1": 4}),
        ("prefer same host as b.t weight 9", {"g1": 4}),
    ],
)
def test_a_constraint_of_a_policy_binds_each_service(rule: str, expected: dict[str, int]) -> None:
    """Four replicas that would rather all stand on g2, or two where two are all that is allowed."""
    count = sum(expected.values())
    rules = policy(f'services where app == "a" {{ {rule} }}')
    apps = app("a", service("s", f"replicas {count} per site", 'prefer hosts where role == "worker"'))
    apps += app("b", service("t", 'hosts where role == "gateway"'))
    found = under(rules, apps.replace("app a {", 'app a {\nsites where name == "gbg"'), TWO)
    assert Counter(hosts_of(found, "a.s")) == expected


def test_a_service_is_not_bound_to_itself() -> None:
    apps = app("a", service("s")) + app("b", service("t"))
    found = under(policy("different host than b.t"), apps, TWO)
    one_host = {name: "o1" in hosts_of(found, name) for name in ("a.s", "b.t")}
    assert sorted(one_host.values()) == [False, True], "one of them has the only host of osl"
    assert len(hosts_of(found, "a.s") + hosts_of(found, "b.t")) == 3


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("at most 1 per host", {"g1": 1, "g2": 3}),
        ("at most 1 per zone", {"g1": 1, "g2": 3}),
        ("different host than b.t", {"g2": 4}),
        ("prefer at most 2 per host weight 9", {"g1": 2, "g2": 2}),
    ],
)
def test_within_some_hosts_a_constraint_looks_at_these_only(rule: str, expected: dict[str, int]) -> None:
    rules = policy(f'hosts where role == "gateway" {{ {rule} }}')
    apps = app(
        "a",
        service("s", "replicas 4 per site", 'prefer hosts where role == "gateway"', "needs memory 1GiB"),
        clauses='sites where name == "gbg"',
    )
    found = under(rules, apps + app("b", service("t", "replicas 1 per host")), TWO)
    assert Counter(hosts_of(found, "a.s")) == expected


def test_replicas_elsewhere_are_different_enough_for_at_least_within_some_hosts() -> None:
    rules = policy('hosts where role == "gateway" { at least 2 different zone }')
    found = under(rules, app("a", service("s", "replicas 2 per site", 'hosts where role == "worker"')), TWO)
    assert hosts_of(found, "a.s") == ["g2", "g2", "o1", "o1"]


def test_without_a_partner_the_same_is_impossible_within_the_hosts_of_the_policy_only() -> None:
    rules = policy('hosts where role == "gateway" { same host as b.t }')
    apps = app("a", service("s", "replicas 1 per host")) + app(
        "b", service("t", "replicas 1", "hosts where false")
    )
    assert hosts_of(under(rules, apps, TWO), "a.s") == ["g2", "o1"]


# --- what hosts hold -----------------------------------------------------------------------------------------------


def test_a_host_holds_no_more_replicas_than_a_policy_says_whosever_they_are() -> None:
    rules = policy('hosts where role == "gateway" { at most 2 replicas }')
    apps = "".join(app(name, service("s", "replicas 1 per host")) for name in "abc")
    found = under(rules, apps, TWO)
    assert Counter(where(found.plan).values()) == {"g1": 2, "g2": 3, "o1": 3}
    (entry,) = found.plan.header.left_out
    assert any("at most 2 replicas" in suggestion.text for suggestion in entry.suggestions)


def test_a_host_that_may_hold_nothing_holds_nothing_and_the_reason_is_the_policy() -> None:
    rules = policy('hosts where role == "gateway" { at most 0 replicas }')
    found = under(rules, app("a", service("s", "replicas 1 per host")), TWO)
    assert reasons(left_out(found.plan, "a.s@g1"))[0] == (
        "the policy p keeps a.s from g1",
        "at most 0 replicas",
    )


@pytest.mark.parametrize(
    ("rule", "placed"),
    [
        ("reserve memory 25%", 2),
        ("reserve memory 2GiB", 2),
        ("reserve memory 26%", 1),
        ("reserve memory 5GiB", 1),
        ("reserve memory 63%", 0),
        ("reserve cpu 3.6", 0),
        ("reserve cpu 3.5", 1),
        ("reserve seats 1", 2),
    ],
)
def test_what_a_policy_keeps_free_is_not_used(rule: str, placed: int) -> None:
    facts = fleet(site("x", host("x1", memory="8GiB", resources="{seats: 3}")))
    needs = "needs memory 3GiB, cpu 500m, seats 1"
    apps = app("a", service("s", needs)) + app("b", service("t", needs))
    assert len(replicas(under(policy(rule), apps, facts).plan)) == placed


def test_a_replica_for_which_a_policy_leaves_too_little_is_left_out_by_its_line() -> None:
    facts = fleet(site("x", host("x1", memory="8GiB")))
    found = under(policy("reserve memory 20%"), app("a", service("s", "needs memory 7GiB")), facts)
    entry = left_out(found.plan, "a@x")
    assert reasons(entry)[0] == ("the policy p keeps a.s from x1", "reserve memory 20%")
    assert [(s.text, s.removed) for s in entry.funnels[0].steps if s.removed] == [
        ("7GiB of memory beside what is kept free", 1)
    ]
    (unit,) = explain(found.lowered, found.solution, "a.s").units
    assert unit.hosts[0].text == "a policy keeps 1.6GiB of memory free, which leaves too little"


def test_a_policy_in_a_clash_is_called_by_its_name() -> None:
    facts = fleet(site("x", host("x1", memory="10GiB")))
    apps = app("a", service("s", "needs memory 3GiB")) + app("b", service("t", "needs memory 3GiB"))
    (entry,) = under(policy("reserve memory 50%"), apps, facts).plan.header.left_out
    assert entry.clash is not None
    other = {"a@x", "b@x"} - set(entry.groups)
    assert [m.text for m in entry.clash.members] == [
        f"{other.pop()} is placed",
        "the policy p binds a.s, b.t",
    ]


def test_a_part_says_what_is_kept_free_of_its_hosts() -> None:
    found = under(
        policy("reserve memory 25%", "reserve memory 1GiB"), app("a", service("s", "needs memory 1GiB")), TWO
    )
    assert [h.reserved for part in found.plan.parts for h in part.hosts] == [{"memory": 2 * 2**30}] * 3


def test_a_preferred_reserve_costs_a_point_for_each_percent_in_each_priority_class() -> None:
    facts = fleet(site("x", host("x1", memory="8GiB")))
    apps = app("a", service("s", "needs memory 6GiB", "priority 9")) + app(
        "b", service("t", "needs memory 1GiB")
    )
    found = under(policy("prefer reserve memory 50% weight 2"), apps, facts)
    levels = {level.name: level.value for level in found.plan.header.levels}
    assert (levels["preferences 9"], levels["preferences 0"]) == (2 * 25, 2 * 37)


def test_a_preferred_reserve_moves_load_to_where_it_is_met() -> None:
    apps = app(
        "a",
        service("s", "needs memory 5GiB", 'prefer hosts where role == "gateway"'),
        clauses='sites where name == "gbg"',
    )
    assert hosts_of(under("", apps, TWO), "a.s") == ["g1"]
    rules = policy('hosts where role == "gateway" { prefer reserve memory 50% }')
    assert hosts_of(under(rules, apps, TWO), "a.s") == ["g2"]


# --- what runs ------------------------------------------------------------------------------------------------------


FORGOTTEN = TWO.replace("{role: gateway}", "{}")
CROWDED = "".join(
    app(name, service("s", "needs memory 3GiB"), clauses='hosts where name != "g2"') for name in "ab"
)


@pytest.mark.parametrize(
    "rule",
    ["at most 1 replicas", "reserve memory 60%", "hosts where memory > 100GiB", 'accept services where app == "c"',
     "at most 1 per zone", "different host than a.s"],
)  # fmt: skip
def test_unknown_whether_a_policy_binds_stops_nothing_and_false_does(rule: str) -> None:
    rules = policy(f'hosts where role == "gateway" {{ {rule} }}')
    before = under("", CROWDED, TWO).plan
    assert len(where(before)) == 4
    unknown = under(rules, CROWDED, FORGOTTEN, current=before).plan
    assert where(unknown) == where(before)
    if rule != "at most 1 per zone":
        known = under(rules, CROWDED, TWO, current=before).plan
        assert len(where(known)) < 4


@pytest.mark.parametrize("rule", ["at most 1 replicas", "reserve memory 60%", "hosts where memory > 100GiB"])
def test_unknown_whether_a_policy_binds_keeps_new_replicas_away(rule: str) -> None:
    rules = policy(f'hosts where role == "gateway" {{ {rule} }}')
    found = under(rules, CROWDED, FORGOTTEN)
    assert len([h for h in where(found.plan).values() if h == "g1"]) <= 1


# --- what sites carry ----------------------------------------------------------------------------------------------


ZONED = TWO.replace("    region: EU", "    region: EU\n    timezone: Europe/Stockholm")


def test_a_window_stands_with_each_site_that_it_binds_in_the_site_s_own_zone() -> None:
    rules = policy(
        "change only sunday, weekdays between 22:30 and 04:00 except 2026-12-20 to 2027-01-06",
        'sites where region == "EU" { at most 5GB per day; change only daily between 00:00 and 24:00 }',
        name="calm",
    )
    gbg, osl = under(rules, app("a", service("s")), ZONED).plan.parts
    first, second = gbg.windows
    assert first.model_dump(exclude={"closed"}) == {
        "policy": "calm", "rule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SU;BYHOUR=22;BYMINUTE=30",
        "zone": "Europe/Stockholm", "minutes": 330, "hosts": None, "services": None,
    }  # fmt: skip
    assert first.closed is not None
    assert (first.closed.first, first.closed.last) == ("2026-12-20", "2027-01-06")
    assert (second.rule, second.minutes) == (
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0;BYMINUTE=0",
        1440,
    )
    assert [t.bytes_per_day for t in gbg.transfers] == [5_000_000_000]
    assert (len(osl.windows), osl.transfers) == (1, ())


def test_a_window_may_bind_some_services_or_hosts_only() -> None:
    rules = policy(
        'services where name == "s" { change only daily between 01:00 and 02:00 }',
        'hosts where role == "gateway" { change only daily between 03:00 and 04:00 }',
    )
    gbg, osl = under(rules, app("a", service("s"), service("t")), ZONED).plan.parts
    assert [(w.services, w.hosts) for w in gbg.windows] == [(("a.s",), None), (None, ("g1",))]
    assert [(w.services, w.hosts) for w in osl.windows] == [(("a.s",), None)]


def test_a_window_for_services_that_a_site_does_not_run_is_not_told_it() -> None:
    rules = policy('services where name == "s" { change only daily between 01:00 and 02:00 }')
    apps = app("a", service("s"), clauses='sites where name == "gbg"')
    found = under(rules, apps, TWO)
    assert [len(p.windows) for p in found.plan.parts] == [1, 0]
    assert [w.sites for w in found.plan.header.unread_windows] == [("gbg",)]


def test_a_site_of_unknown_zone_is_listed_with_the_window_that_nobody_can_read() -> None:
    found = under(policy("change only sunday between 02:00 and 04:00"), app("a", service("s")), ZONED)
    assert [w.zone for part in found.plan.parts for w in part.windows] == ["Europe/Stockholm", None]
    (unread,) = found.plan.header.unread_windows
    assert (unread.clause.text, unread.sites) == ("change only sunday between 02:00 and 04:00", ("osl",))


def test_a_site_of_which_it_is_unknown_whether_a_policy_binds_it_is_bound() -> None:
    rules = policy(
        'sites where country == "SE" { change only daily between 01:00 and 02:00; at most 1GB per day }'
    )
    found = under(rules, app("a", service("s")), TWO)
    assert [(len(p.windows), len(p.transfers)) for p in found.plan.parts] == [(1, 1), (1, 1)]


# --- files of policies ---------------------------------------------------------------------------------------------


def test_a_policy_of_its_own_file_binds_every_app_and_is_told_apart_in_the_plan(tmp_path: Path) -> None:
    (tmp_path / "inventory.yaml").write_text(TWO, encoding="utf-8")
    (tmp_path / "shop.place").write_text(HEAD + app("a", service("s")), encoding="utf-8")
    rules = 'policy platform {\n  sites where region == "EU"\n}\n'
    (tmp_path / "platform.place").write_text(rules, encoding="utf-8")
    files = (tmp_path / "shop.place", tmp_path / "inventory.yaml")
    free, bound = plan_file(*files), plan_file(*files, policies=[tmp_path / "platform.place"])
    assert len(replicas(free)) == 2
    assert len(replicas(bound)) == 1
    assert [Path(f.path).name for f in bound.header.inputs.policies] == ["platform.place"]
    clause = left_out(bound, "a@osl").reasons[0].clause
    assert clause is not None
    assert Path(clause.at).name == "platform.place:2:3"


# --- laws ----------------------------------------------------------------------------------------------------------


PERMISSIVE = policy(
    "hosts where true { at most 1000000 replicas; accept services where true }",
    "sites where true { hosts where true; sites where name ~ '' }",
    "services where true { hosts where known(name); at most 1000000 per host; spread over site skew 1000000 }",
    "services where false { hosts where false }",
    "hosts where false { at most 0 replicas; reserve memory 100%; same host as nobody.there }",
    "priority at most 1000",
    "forbid privileged",
).replace("; same host as nobody.there", "")


def test_a_policy_that_permits_everything_changes_nothing_but_the_digest_of_the_source() -> None:
    apps = app("a", service("s", "replicas 2 per site", "needs memory 5GiB")) + app(
        "b", service("t", "hosts where memory > 8GiB")
    )
    without, permitted = (planned(HEAD + apps + rules, TWO).plan for rules in ("", PERMISSIVE))
    assert without.header.left_out
    assert permitted.parts == without.parts
    same = {"inputs": without.header.inputs}
    assert permitted.header.model_copy(update=same) == without.header


def test_explaining_shows_the_line_of_the_policy() -> None:
    rules = policy('hosts where role == "gateway" { hosts where memory >= 16GiB }')
    found = under(rules, app("a", service("s")), TWO)
    text = explanation_text(explain(found.lowered, found.solution, "a.s", site="gbg"))
    assert 'g1: ruled out, memory is 8GiB, role is "gateway"' in text
    assert "fleet.place:5:33: hosts where memory >= 16GiB" in text


def test_a_hard_reserve_is_one_constraint_and_a_preferred_one_is_one_for_each_priority() -> None:
    apps = app("a", service("s", "needs memory 1GiB", "priority 5")) + app(
        "b", service("t", "needs memory 1GiB")
    )
    posed = under(
        policy("reserve memory 1GiB", "prefer reserve memory 2GiB"), apps, TWO
    ).lowered.problem.constraints
    assert [(c.weight, len(c.workloads), len(c.others)) for c in posed if isinstance(c, Reserve)] == [
        (None, 4, 0),
        (1, 2, 0),
        (1, 2, 2),
    ]
