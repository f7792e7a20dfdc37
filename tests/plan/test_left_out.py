from __future__ import annotations

import pytest

from placelang.arrange.reasons import explain_reasons
from placelang_runtime.left_out import LeftOut, Proof
from placelang_scheduler import Kind, Reason
from placelang_scheduler import LeftOut as LeftOutGroup
from tests.plan.fleets import fleet, host, left_out, planned, site, where

HEAD = "label host.role: string\ndevice camera { udev 'SUBSYSTEM==\"video4linux\"' }\n"


def entry(body: str, facts: str, group: str = "a@x") -> LeftOut:
    return left_out(planned(f"{HEAD}app a {{\n{body}\n}}\n", facts).plan, group)


def service(*clauses: str, name: str = "s") -> str:
    return f"service {name} {{\nreplicas 1 per site\n" + "\n".join(clauses) + "\n}\n"


def steps(found: LeftOut, number: int = 0) -> list[tuple[str, int, int]]:
    return [(s.text, s.removed, s.undecided) for s in found.funnels[number].steps]


MANY = fleet(
    site(
        "x",
        host("down", up="false"),
        host("arm", arch="arm64"),
        host("small", memory="1GiB"),
        host("blank", memory=None),
        host("both", arch="arm64", memory=None),
    )
)


def test_the_funnel_counts_each_host_at_the_clause_that_decides_about_it() -> None:
    found = entry(service('hosts where arch == "amd64"', "needs memory 2GiB"), MANY)
    assert steps(found) == [
        ("the host is up", 1, 0),
        ('hosts where arch == "amd64"', 2, 0),
        ("2GiB of memory", 1, 1),
    ]
    (funnel,) = found.funnels
    assert funnel.hosts == sum(s.removed + s.undecided for s in funnel.steps) + funnel.remaining == 5


def test_an_undecided_host_is_named_with_the_facts_that_would_decide_it() -> None:
    found = entry(service('hosts where arch == "amd64"', "needs memory 2GiB"), MANY)
    (undecided,) = found.funnels[0].steps[2].undecided_hosts
    assert (undecided.host, undecided.facts) == ("blank", ("memory of blank: needed >= 2GiB",))


def test_a_clause_leads_back_to_its_line() -> None:
    found = entry(service("needs memory 64GiB"), fleet(site("x", host("x1"))))
    (reason,) = found.reasons
    assert reason.text == "a.s needs 64GiB of memory; the most that x1 can give is 8GiB of memory"
    assert reason.clause is not None
    assert (reason.clause.at, reason.clause.text) == ("fleet.place:6:7", "memory 64GiB")
    assert found.proof is Proof.PROVED


def test_stores_that_lack_the_same_read_as_one_entry() -> None:
    facts = fleet(*(site(f"s{n:03}", host(f"h{n:03}", memory=f"{n % 3 + 1}GiB")) for n in range(100)))
    plan = planned(f"app a {{\n{service('needs memory 4GiB')}}}", facts).plan
    (found,) = plan.header.left_out
    assert len(found.groups) == len(found.sites) == 100
    assert found.funnels[0].hosts == 100
    assert len(found.funnels[0].steps[1].hosts) < 20, "a sample"


def test_what_is_false_here_and_unknown_there_reads_apart() -> None:
    facts = fleet(site("x", host("x1", memory="1GiB")), site("y", host("y1", memory=None)))
    plan = planned(f"app a {{\n{service('needs memory 4GiB')}}}", facts).plan
    assert [e.groups for e in plan.header.left_out] == [("a@x",), ("a@y",)]


def test_the_more_important_come_first() -> None:
    text = "app low { priority 1; service s { replicas 1; needs memory 64GiB } }\n"
    text += "app high { priority 9; service s { replicas 1; needs memory 64GiB } }\n"
    plan = planned(text, fleet(site("x", host("x1")))).plan
    assert [(e.groups, e.priority) for e in plan.header.left_out] == [(("high.s",), 9), (("low.s",), 1)]


def test_what_depends_on_a_left_out_group_names_it_and_the_clause() -> None:
    text = f"app a {{\n{service('needs memory 64GiB')}}}\napp b {{\n{service('after a.s', name='t')}}}\n"
    found = left_out(planned(text, fleet(site("x", host("x1")))).plan, "b@x")
    assert [(r.text, r.clause.text if r.clause else None) for r in found.reasons] == [
        ("it needs a@x, which is left out", "after a.s")
    ]


UNKNOWN = {
    "needs memory 2GiB": (host("x1", memory=None), "if memory of x1 >= 2GiB", host("x1", memory="2GiB")),
    "hosts where memory >= 4GiB": (
        host("x1", memory=None),
        "if memory of x1 >= 4GiB",
        host("x1", memory="4GiB"),
    ),
    "needs gpu 1 where memory >= 4GiB": (
        host("x1", gpus="[{}]"),
        "if gpu.memory of x1/gpu0 >= 4GiB",
        host("x1", gpus="[{memory: 4GiB}]"),
    ),
    "hosts where any(gpus where memory >= 4GiB)": (
        host("x1", gpus="[{}]"),
        "if gpu.memory of x1/gpu0 >= 4GiB",
        host("x1", gpus="[{memory: 4GiB}]"),
    ),
    'hosts where role == "w"': (host("x1"), 'if role of x1 == "w"', host("x1", labels="{role: w}")),
    "needs device camera": (
        host("x1", devices=None),
        'if devices of x1 have 1 more with kind == "camera"',
        host("x1", devices="[{kind: camera}]"),
    ),
}


@pytest.mark.parametrize("clause", UNKNOWN)
def test_what_would_decide_an_unknown_host_is_suggested_and_true(clause: str) -> None:
    before, text, after = UNKNOWN[clause]
    found = entry(service(clause), fleet(site("x", before)))
    assert [(s.text, s.sites) for s in found.suggestions] == [(text, ("x",))]
    place = f"{HEAD}app a {{\n{service(clause)}\n}}\n"
    assert where(planned(place, fleet(site("x", after))).plan) == {"a.s@x/1": "x1"}


def test_a_host_that_is_down_is_suggested_where_it_would_do() -> None:
    body, rest = service("needs memory 2GiB"), host("x2", memory="1GiB")
    found = entry(body, fleet(site("x", host("x1", up="false"), rest)))
    assert found.suggestions[0].text == "if x1 were up"
    place = f"{HEAD}app a {{\n{body}\n}}\n"
    assert where(planned(place, fleet(site("x", host("x1"), rest))).plan) == {"a.s@x/1": "x1"}


def test_a_host_that_is_down_and_unlike_is_not_suggested() -> None:
    found = entry(
        service('hosts where arch == "arm64"'), fleet(site("x", host("x1", up="false"), host("x2")))
    )
    assert [s.text for s in found.suggestions] == []


def test_a_host_like_one_of_another_site_is_suggested_and_helps() -> None:
    body = service("needs device camera")
    place = f"{HEAD}app a {{\n{body}\n}}\n"
    seeing, blind = "[{kind: camera}]", "[]"
    before = fleet(site("x", host("x1", devices=blind)), site("y", host("y1", devices=seeing)))
    found = left_out(planned(place, before).plan, "a@x")
    assert [s.text for s in found.suggestions] == ["with one more host like y1"]
    after = fleet(
        site("x", host("x1", devices=blind), host("x2", devices=seeing)),
        site("y", host("y1", devices=seeing)),
    )
    assert where(planned(place, after).plan) == {"a.s@x/1": "x2", "a.s@y/1": "y1"}


def test_one_host_is_suggested_where_one_is_enough() -> None:
    facts = fleet(site("x", host("x1", memory=None), host("x2", memory=None)))
    found = entry(service("needs memory 2GiB"), facts)
    assert [s.text for s in found.suggestions] == ["if memory of x1 >= 2GiB"]


def test_several_hosts_are_suggested_where_one_is_not_enough() -> None:
    facts = fleet(site("x", host("x1", memory=None), host("x2", memory=None)))
    body = "service s {\nreplicas 2 per site\nneeds memory 2GiB\nat most 1 per host\n}"
    assert [s.text for s in entry(body, facts).suggestions] == [
        "if memory of x1 >= 2GiB and memory of x2 >= 2GiB"
    ]


def test_an_amount_is_suggested_for_all_that_would_stand_there() -> None:
    body = service("needs memory 2GiB") + service("needs memory 3GiB", name="t")
    found = entry(body, fleet(site("x", host("x1", memory=None))))
    assert [s.text for s in found.suggestions] == ["if memory of x1 >= 5GiB"]


def test_what_would_not_help_alone_is_suggested_with_what_else_is_needed() -> None:
    body = service("needs memory 2GiB") + service("needs disk 900GiB", name="t")
    assert [s.text for s in entry(body, fleet(site("x", host("x1", memory=None)))).suggestions] == [
        "if memory of x1 >= 2GiB and if a.t@x needed 96GiB of disk instead of 900GiB"
    ]


def test_nothing_is_suggested_that_would_not_help() -> None:
    body = service("needs memory 2GiB") + service('hosts where arch == "arm64"', name="t")
    assert entry(body, fleet(site("x", host("x1", memory=None)))).suggestions == ()


CROWDED = """
app high { priority 9; service s { replicas 1 per site; needs memory 7GiB } }
app far { priority 9; service s { replicas 1; needs disk 1GiB } }
app low {
  service t { replicas 1 per site; needs memory 2GiB; different host than u }
  service u { replicas 1 per site; needs memory 2GiB }
}
"""


def test_what_excludes_a_group_is_told_in_the_authors_lines() -> None:
    found = left_out(planned(CROWDED, fleet(site("x", host("x1"), host("x2")))).plan, "low@x")
    assert found.clash is not None
    assert found.clash.minimal
    assert found.clash.group == "low@x"
    assert [(m.text, m.clause.at if m.clause else None) for m in found.clash.members] == [
        ("high@x is placed, with priority 9", "fleet.place:2:36"),
        ("this clause binds low.t", "fleet.place:5:55"),
        ("x1, x2 have 16GiB of memory together", None),
    ]


def test_what_excludes_a_group_by_itself_is_said_once() -> None:
    body = service("same host as u", name="t") + service("different host than t", name="u")
    found = entry(body, fleet(site("x", host("x1"), host("x2"))))
    assert found.clash is not None
    clauses = [m.clause.text for m in found.clash.members if m.clause]
    assert sorted(clauses) == ["different host than t", "same host as u"]
    assert found.further is None


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_reason_has_a_sentence(kind: Kind) -> None:
    made = planned(f"app a {{\n{service('needs memory 64GiB', 'port 80')}}}\n", fleet(site("x", host("x1"))))
    reason = Reason(
        kind, workload=0, constraint=None, resource="port:80", need=1, have=0, group=0, hosts=(0,)
    )
    (entry,) = made.solution.left_out
    (because,) = explain_reasons(made.lowered, [LeftOutGroup(entry.group, entry.proof, (reason,))], {})
    assert because.text.isprintable()
    assert because.text[-1] != "."


TWO = "service s {\nreplicas 2 per site\nneeds memory 3GiB\nat most 1 per host\n}\n"


@pytest.mark.parametrize(
    ("place", "facts", "text", "change"),
    [
        (TWO, [host("x1")], "with 1 of a.s@x instead of 2", ("replicas 2", "replicas 1")),
        (TWO, [host("x1")], "without `at most 1 per host` (fleet.place:7:1)", ("at most 1 per host", "")),
        (TWO, [host("x1")], "with one more host like x1", None),
        (
            "service s {\nreplicas 2 per site\nneeds memory 8GiB\n}\n",
            [host("x1")],
            "if a.s@x needed 4GiB of memory instead of 8GiB",
            ("memory 8GiB", "memory 4GiB"),
        ),
        (
            "service s {\nreplicas 1 per site\nneeds disk 200GiB\n}\n",
            [host("x1")],
            "if a.s@x needed 100GiB of disk instead of 200GiB",
            ("disk 200GiB", "disk 100GiB"),
        ),
    ],
)
def test_what_would_help_is_suggested_and_helps(
    place: str, facts: list[str], text: str, change: tuple[str, str] | None
) -> None:
    place = f"{HEAD}app a {{\n{place}}}\n"
    before = planned(place, fleet(site("x", *facts))).plan
    assert text in [s.text for s in left_out(before, "a@x").suggestions]
    changed = place.replace(*change) if change else place
    more = facts if change else [*facts, facts[0].replace("x1", "x2")]
    assert planned(changed, fleet(site("x", *more))).plan.header.left_out == ()
