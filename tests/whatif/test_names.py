"""What is assumed, as it is written: each fault with its place and what to write instead."""

from __future__ import annotations

import pytest

from placelang.codes import Code
from tests.plan.fleets import inventory
from tests.whatif.fleets import KINDS, difference, faults

CASES = [
    (
        "lose",
        "gbg",
        Code.AMBIGUOUS_NAME,
        "`gbg` is the name of a host and a site",
        "write `host:gbg` or `site:gbg`",
    ),
    ("lose", "a", Code.AMBIGUOUS_NAME, "`a` is the name of 2 zones", "write `zone:gbg/a` or `zone:mma/a`"),
    (
        "lose",
        "gbg-3",
        Code.UNKNOWN_NAME,
        "there is no host, site or zone `gbg-3` in inventory.yaml",
        "did you mean `gbg-1`, `gbg-2` or `gbg`?",
    ),
    (
        "drain",
        "site:gbgg",
        Code.UNKNOWN_NAME,
        "there is no site `gbgg` in inventory.yaml",
        "did you mean `gbg`?",
    ),
    ("drain", "", Code.UNKNOWN_NAME, "there is no host, site or zone `` in inventory.yaml", None),
    ("add", "gbg-1", Code.MALFORMED, "`gbg-1` is not KIND=N", None),
    ("add", "gbg-1=two", Code.MALFORMED, "`gbg-1=two` is not KIND=N", None),
    ("add", "gbg-1@=2", Code.MALFORMED, "`gbg-1@=2` is not KIND=N", None),
    ("add", "gbg-1=0", Code.OUT_OF_RANGE, "the number of hosts to add is from 1 to 1000", None),
    ("add", "gbg-1=99999999", Code.OUT_OF_RANGE, "the number of hosts to add is from 1 to 1000", None),
    ("add", "gbg1=1", Code.UNKNOWN_NAME, "there is no host `gbg1` in inventory.yaml", None),
    (
        "add",
        "gbg-1@mna=1",
        Code.UNKNOWN_NAME,
        "there is no site `mna` in inventory.yaml",
        "did you mean `mma`?",
    ),
    ("set_fact", "gbg-1", Code.MALFORMED, "`gbg-1` is not HOST.FACT=VALUE", None),
    ("set_fact", "gbg-1.memory", Code.MALFORMED, "`gbg-1.memory` is not HOST.FACT=VALUE", None),
    ("set_fact", "gbg-9.memory=1GiB", Code.UNKNOWN_NAME, "there is no host `gbg-9` in inventory.yaml", None),
    (
        "set_fact",
        "gbg-1.memroy=1GiB",
        Code.UNKNOWN_NAME,
        "a host has no fact `memroy`",
        "did you mean `memory`?",
    ),
    (
        "set_fact",
        "gbg-1.memory=1",
        Code.WRONG_TYPE,
        "`1` does not fit: `memory` is bytes",
        "write it like `4GiB`",
    ),
    ("set_fact", "gbg-1.role=clown", Code.NOT_A_CHOICE, '`host.role` is never "clown"', None),
    ("set_fact", "gbg-1.memory=-1GiB", Code.OUT_OF_RANGE, "`memory` is never -1GiB", None),
    (
        "set_fact",
        "gbg-1.gpus=2",
        Code.NOT_RECORDED,
        "`gpus` is a list: its things are changed one by one",
        None,
    ),
    ("set_fact", "gbg-1.name=x", Code.NOT_RECORDED, None, None),
]


@pytest.mark.parametrize(
    ("option", "text", "code", "message", "hint"), CASES, ids=[f"{c[0]}={c[1]}" for c in CASES]
)
def test_what_is_at_fault_is_told(
    option: str, text: str, code: Code, message: str | None, hint: str | None
) -> None:
    (fault,) = faults(**{option: [text]})
    assert fault.code is code
    assert message is None or fault.message == message
    assert hint is None or fault.hint == hint
    assert fault.span is not None
    assert fault.span.path == f"--{option.replace('_', '-')}"


def test_all_that_is_at_fault_is_told_at_once() -> None:
    found = faults(lose=["x", "gbg-1", "y"], add=["z=1"], set_fact=["q"])
    assert [fault.span.path for fault in found if fault.span] == ["--add", "--set-fact", "--lose", "--lose"]


@pytest.mark.parametrize("text", ["host:gbg", "gbg-1", "gbg/a", "zone:b", "b", "site:mma"])
def test_what_names_one_thing_is_understood(text: str) -> None:
    assert difference(lose=[text]).assumed


def test_a_name_may_have_dots() -> None:
    assert difference(set_fact=["depot.1.memory=2GiB"]).assumed == ("memory of depot.1 is 2GiB",)


def test_a_kind_of_a_catalogue_needs_a_site() -> None:
    (fault,) = faults(add=["small=1"], catalogue=inventory(KINDS))
    assert (fault.code, fault.hint) == (Code.MISSING_VALUE, "write `small@SITE=1` with the name of a site")


def test_what_cannot_be_shown_is_shown_as_something_else() -> None:
    (fault,) = faults(lose=["gbg\x1b[31m\n1"])
    assert "\x1b" not in fault.message
