from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placelang.nearest import nearest, suggestion

NAMES = ("country", "kind", "memory", "name", "region", "tags", "GiB", "GB")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("contry", ("country",)),
        ("memroy", ("memory",)),
        ("Memory", ("memory",)),
        ("gib", ("GiB", "GB")),
        ("nmae", ("name",)),
        ("colour", ()),
        ("x", ()),
        ("", ()),
        ("country" * 10, ()),
    ],
)
def test_near_names_are_found_and_far_ones_are_not(name: str, near: tuple[str, ...]) -> None:
    assert nearest(name, NAMES) == near


def test_a_hint_offers_the_nearest_first() -> None:
    assert suggestion("gib", NAMES) == "did you mean `GiB` or `GB`?"
    assert suggestion("colour", NAMES) is None


@given(st.text("abc-", min_size=3, max_size=12), st.integers(0, 11), st.sampled_from("abcx"))
def test_one_wrong_letter_is_always_found(name: str, at: int, letter: str) -> None:
    at %= len(name)
    typo = name[:at] + letter + name[at + 1 :]
    assert nearest(typo, [name]) == ((name,) if typo != name else ())


@given(st.text("ab", min_size=3, max_size=9), st.integers(0, 7))
def test_swapped_neighbours_are_one_edit(name: str, at: int) -> None:
    at %= len(name) - 1
    typo = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    assert nearest(typo, [name]) == ((name,) if typo != name else ())
