"""`--set NAME=VALUE`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placelang.check.settings import read_setting
from placelang.types import NAMED, Type, Value, Version, spell
from tests.check.texts import checked, messages, program

TEXT = """
param version: string = "1"
param size: bytes
param on: bool = false
param wait: duration = 5s
param driver: version = "1"
param sites: [string] = ["a"]
param stage: string in ["test", "production"] = "test"
param count = 2

app a {
  param tag = "x"

  service s {
    image    "i:${version}-${tag}"
    replicas (count)
    needs    memory (size)
  }
}
"""


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("version", "3.1.0", "3.1.0"),
        ("version", "", ""),
        ("size", "1.5GiB", 1.5 * 2**30),
        ("on", "true", True),
        ("wait", "10min", 600_000.0),
        ("driver", "535.86.1", Version.of("535.86.1")),
        ("sites", "gbg, sth", ("gbg", "sth")),
        ("sites", "[gbg]", ("gbg",)),
        ("sites", "", ()),
        ("stage", "production", "production"),
        ("count", "3", 3.0),
        ("a.tag", "y", "y"),
    ],
)
def test_a_setting_is_read_by_the_type_of_its_param(name: str, text: str, value: Value) -> None:
    assert program(TEXT, {"size": "1GiB", name: text}).params[name].value == value


def test_a_setting_reaches_every_use() -> None:
    found = program(TEXT, {"size": "3GiB", "count": "4", "version": "2", "a.tag": "z"})
    (service,) = found.apps[0].services
    assert (service.replicas.low, service.replicas.high) == (4, 4)
    assert [need.amount for need in service.needs if hasattr(need, "amount")] == [3.0 * 2**30]
    assert service.image is not None
    assert getattr(service.image, "value", None) == "i:2-z"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("size", "5ms", "wrong-type: `--set size=5ms` does not fit: the param is bytes"),
        ("size", "2Gi", "wrong-type: `--set size=2Gi` does not fit: the param is bytes"),
        ("size", "9999999TiB", "wrong-type: `--set size=9999999TiB` does not fit: the param is bytes"),
        ("on", "yes", "wrong-type: `--set on=yes` does not fit: the param is a bool"),
        ("stage", "prod", 'not-a-choice: with --set, `stage` is never "prod"'),
        ("count", "2e3", "wrong-type: `--set count=2e3` does not fit: the param is a number"),
        ("version", "a\x1b[2Jb", "wrong-type: `--set version=a\x1b[2Jb` does not fit: the param is a string"),
    ],
)
def test_a_setting_that_does_not_fit_is_told_at_its_param(name: str, text: str, message: str) -> None:
    assert messages(TEXT, {"size": "1GiB", name: text}) == [message]


def test_a_setting_without_param_offers_the_nearest() -> None:
    found, diagnostics = checked(TEXT, {"size": "1GiB", "verson": "2", "tag": "y"})
    assert found is None
    assert [(d.message, d.hint, d.path) for d in diagnostics] == [
        ("there is no param `tag`", None, "--set"),
        ("there is no param `verson`", "did you mean `version`?", "--set"),
    ]


def test_a_param_without_value_is_told_once() -> None:
    assert messages(TEXT) == ["missing-value: the param `size` has no value"]


def test_a_setting_does_not_hide_that_the_default_is_wrong() -> None:
    assert messages("param size: bytes = 5ms", {"size": "1GiB"}) == [
        "wrong-type: the param `size` is bytes, and this is a duration"
    ]


NUMERIC = [kind for kind in NAMED.values() if kind.numeric]


@given(
    st.sampled_from(NUMERIC),
    st.integers(min_value=-(2**53), max_value=2**53).map(float)
    | st.floats(min_value=-1e9, max_value=1e9, allow_subnormal=False).map(lambda x: round(x, 6)),
)
def test_what_is_spelt_reads_back_as_it_was(kind: Type, value: float) -> None:
    assert read_setting(spell(value, kind), kind) == value
