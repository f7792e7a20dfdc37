from __future__ import annotations

import pytest

from placelang.errors import InputError
from placelang.explain import Explanation, HostVerdict, Margin, Verdict, explain, explanation_text
from tests.plan.fleets import Planned, fleet, host, planned, site

PLACE = """
app a {
  service s {
    replicas 1 per site
    needs    memory 2GiB
    hosts    where arch == "amd64" and disk >= 10GiB
    prefer   hosts where "fast" in tags weight 4
  }
  service t {
    replicas 1 per site
    needs    memory 7GiB
    hosts    where name == "tight"
    sites    where name == "x"
  }
}
"""
FACTS = fleet(
    site(
        "x",
        host("best", tags="[fast]"),
        host("down", up="false"),
        host("plain"),
        host("arm", arch="arm64"),
        host("blank", disk=None),
        host("small", memory="1GiB"),
        host("tight", memory="7GiB"),
    ),
    site("y", host("y1", arch="arm64")),
)


@pytest.fixture(scope="module")
def made() -> Planned:
    return planned(PLACE, FACTS)


def verdicts(found: Explanation) -> dict[str, HostVerdict]:
    return {host.host: host for unit in found.units for host in unit.hosts}


def test_each_host_has_its_verdict(made: Planned) -> None:
    found = verdicts(explain(made.lowered, made.plan, "a.s", site="x"))
    assert {name: v.verdict for name, v in found.items()} == {
        "best": Verdict.RUNS,
        "plain": Verdict.POSSIBLE,
        "tight": Verdict.POSSIBLE,
        "blank": Verdict.UNDECIDED,
        "arm": Verdict.RULED_OUT,
        "down": Verdict.RULED_OUT,
        "small": Verdict.RULED_OUT,
    }
    assert list(found) == ["best", "plain", "tight", "blank", "arm", "down", "small"]


def test_a_host_is_ruled_out_by_the_first_false_clause_and_the_facts_that_make_it_so(made: Planned) -> None:
    found = verdicts(explain(made.lowered, made.plan, "a.s", site="x"))
    arm = found["arm"]
    assert arm.text == 'arch is "arm64"'
    assert arm.clause is not None
    assert (arm.clause.at, arm.clause.text) == (
        "fleet.place:6:5",
        'hosts where arch == "amd64" and disk >= 10GiB',
    )
    assert found["down"].text == "it is down"
    assert found["small"].text == "it has only 1GiB of memory"


def test_an_undecided_host_names_what_would_have_to_be_known(made: Planned) -> None:
    blank = verdicts(explain(made.lowered, made.plan, "a.s", site="x"))["blank"]
    assert blank.facts == ("disk of blank: needed >= 10GiB",)


def test_it_stands_where_the_objectives_lose_least(made: Planned) -> None:
    found = verdicts(explain(made.lowered, made.plan, "a.s", site="x"))
    assert found["best"].text == (
        "without this host, `preferences 0` would be 4 instead of 0; the next best is plain"
    )
    assert found["best"].margin == Margin("preferences 0", 0, 4, ("plain",))
    assert found["plain"].text == "here, `preferences 0` would be 4 instead of 0"
    assert found["plain"].margin == Margin("preferences 0", 0, 4, ("plain",))


def test_a_full_host_says_what_is_left(made: Planned) -> None:
    tight = verdicts(explain(made.lowered, made.plan, "a.s", site="x"))["tight"]
    assert tight.text.startswith("it has 0B of memory left; ")


def test_the_plan_and_its_solution_explain_alike(made: Planned) -> None:
    for service in ("a.s", "a.t"):
        assert explain(made.lowered, made.plan, service) == explain(made.lowered, made.solution, service)


def test_a_left_out_unit_has_its_reasons(made: Planned) -> None:
    (unit,) = explain(made.lowered, made.plan, "a.s", site="y").units
    assert unit.left_out is not None
    assert "a@y" in unit.left_out.groups
    text = explanation_text(explain(made.lowered, made.plan, "a.s", site="y"))
    assert "a.s@y: left out" in text


def test_one_host_can_be_asked_about(made: Planned) -> None:
    assert list(verdicts(explain(made.lowered, made.plan, "a.s", host="plain"))) == ["plain"]


@pytest.mark.parametrize(
    ("service", "site_name", "host_name", "message"),
    [
        ("a.z", None, None, "service 'a.z'"),
        ("a.s", "z", None, "site 'z'"),
        ("a.s", None, "bst", "host 'bst'"),
    ],
)
def test_a_name_that_nothing_has_is_a_fault_of_the_input(
    made: Planned, service: str, site_name: str | None, host_name: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=f"there is no {message}") as caught:
        explain(made.lowered, made.plan, service, site=site_name, host=host_name)
    assert len(caught.value.diagnostics) == 1


def test_a_service_that_is_wanted_nowhere_shows_how_its_filters_dwindle() -> None:
    text = 'app a { service s { replicas 1 per site; sites where country == "XX" } }'
    made = planned(text, fleet(site("x", host("x1"), country="SE")))
    found = explain(made.lowered, made.plan, "a.s")
    assert found.units == ()
    assert "1 no: sites where country" in explanation_text(found)


NEIGHBOURS = """
app a {
  service s { replicas 1 per site; needs memory 5GiB; different host than t }
  service t { replicas 1 per site; needs memory 5GiB; prefer hosts where name == "x1" weight 9 }
}
app b { priority 9; service u { replicas 1 per site; needs memory 5GiB; hosts where name == "x3" } }
"""


def test_why_not_there_names_what_cannot_hold_there() -> None:
    made = planned(NEIGHBOURS, fleet(site("x", host("x1"), host("x2"), host("x3"))))
    found = verdicts(explain(made.lowered, made.plan, "a.s"))
    assert found["x2"].verdict is Verdict.RUNS
    there = found["x3"]
    assert there.margin is None
    assert there.clash is not None
    assert there.clash.text == "with a replica of a.s@x on x3, not all of this can hold"
    assert [(m.text, m.clause.text if m.clause else None) for m in there.clash.members] == [
        ("b@x is placed, with priority 9", "replicas 1 per site"),
        ("x3 has 8GiB of memory", None),
    ]
    assert "  b@x is placed, with priority 9" in explanation_text(explain(made.lowered, made.plan, "a.s"))


def test_why_only_here_names_what_excludes_the_others() -> None:
    made = planned(NEIGHBOURS, fleet(site("x", host("x1"), host("x2"), host("x3"))))
    (here,) = (v for v in verdicts(explain(made.lowered, made.plan, "b.u")).values() if v.replicas)
    assert here.text == "nothing else is left: without this host, it would be left out"


def test_each_left_out_group_has_its_own_clash() -> None:
    """Groups that are left out alike share an entry, and each is asked about by itself."""
    place = NEIGHBOURS.replace("5GiB", "8GiB")
    made = planned(place, fleet(site("x", host("x1"), host("x3")), site("y", host("y1"), host("y2"))))
    units = explain(made.lowered, made.plan, "a.s", site="x").units
    assert [unit.left_out.clash.group for unit in units if unit.left_out and unit.left_out.clash] == ["a@x"]
