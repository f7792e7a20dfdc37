"""What predicates over services come to, worked out when a program is checked, in three-valued logic."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.check.judge import binds, judge
from placelang.expressions import Constant
from placelang.program import Service
from tests.check.texts import program

ATOMS = {
    '"net" in tags': True,
    '"pii" in tags': False,
    'name == "edge"': True,
    "name ~ '^till$'": False,
    'app in ["shop", "web"]': True,
    "priority + 3 >= 10": True,
    "-priority > 0": False,
    'file == "case.place"': True,
    '(name ?? "x") != "edge"': False,
    "known(image)": None,
    'image == "registry.example.com/edge-arm64:2"': None,
    "image ~ 'amd64'": None,
    "true": True,
}
"""Predicates, and what they come to for the service `edge`, of which the image depends on the host."""

Case = tuple[str, bool | None]


def negated(case: Case) -> Case:
    text, value = case
    return f"not ({text})", None if value is None else not value


def joined(operator: str, cases: list[Case]) -> Case:
    deciding = operator == "or"
    values = [value for _, value in cases]
    value = deciding if deciding in values else None if None in values else not deciding
    return f" {operator} ".join(f"({text})" for text, _ in cases), value


CASES = st.recursive(
    st.sampled_from(list(ATOMS.items())),
    lambda inner: st.one_of(
        inner.map(negated),
        st.builds(joined, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=6,
)

FLEET = """\
app shop {{
  service edge {{
    image    "registry.example.com/edge-${{host.arch}}:2"
    tags     "net"
    priority 7
  }}
}}
policy p {{ services where {} {{ change only daily between 01:00 and 02:00 }} }}
"""


def edge(predicate: str) -> tuple[Service, tuple[str, ...]]:
    """The service, and the services that the predicate binds."""
    found = program(FLEET.format(predicate))
    return found.apps[0].services[0], found.policies[0].windows[0].services or ()


@settings(derandomize=True, max_examples=120, deadline=None)
@given(CASES)
def test_a_predicate_binds_unless_it_is_known_to_be_false(case: Case) -> None:
    predicate, value = case
    _, bound = edge(predicate)
    assert bound == (() if value is False else ("shop.edge",))


@settings(derandomize=True, max_examples=120, deadline=None)
@given(CASES)
def test_what_is_known_is_worked_out_and_the_rest_is_left_to_the_hosts(case: Case) -> None:
    predicate, value = case
    found = program(FLEET.format("true") + f"policy q {{ accept services where {predicate} }}\n")
    filters = found.apps[0].services[0].filters
    if value is True:
        assert not filters
    else:
        (accepted,) = filters
        assert isinstance(accepted.predicate, Constant) == (value is False)


def test_a_service_without_an_image_has_an_empty_one() -> None:
    found = program('app a { service s { priority 1 } }\npolicy p { accept services where image == "" }')
    assert found.apps[0].services[0].filters == ()


def test_judging_keeps_what_it_is_given() -> None:
    service, _ = edge("true")
    (accepted,) = (
        program(FLEET.format("true") + "policy q { accept services where image ~ 'arm' }")
        .apps[0]
        .services[0]
        .filters
    )
    assert judge(accepted.predicate, service) == accepted.predicate
    assert binds(accepted.predicate, service)
