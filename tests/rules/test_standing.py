"""For how long, and how often: rules that act once for each time that something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from placelang_runtime.watch.standing import FRESH, MOST_GAP_MS, QUIET_MS, Look, Standing, after

LASTING = 20_000


def stand(looks: Sequence[Look], lasting: int = LASTING) -> list[bool]:
    """Whether the rule is raised, after each look."""
    standing, found = FRESH, []
    for look in looks:
        standing = after(standing, look, lasting)
        found.append(standing.raised)
    return found


def naive(looks: Sequence[Look], lasting: int) -> list[bool]:
    """The same from the whole history, each time: what lasted since it was last otherwise, and since the rule last
    changed its mind."""
    raised, since, found = False, 0, []
    for end, look in enumerate(looks):
        wanted = not raised
        needed = lasting if wanted else max(lasting, QUIET_MS)
        seen = looks[since : end + 1]
        broken = [number for number, one in enumerate(seen) if one.verdict is (not wanted)]
        run = seen[broken[-1] :] if broken else seen
        lasted = sum(
            b.at - a.at
            for a, b in pairwise(run)
            if a.verdict is wanted and b.verdict is wanted and a.boot == b.boot and b.at - a.at <= MOST_GAP_MS
        )
        if look.verdict is wanted and lasted >= needed:
            raised, since = wanted, end
        found.append(raised)
    return found


@st.composite
def histories(draw: st.DrawFn) -> list[Look]:
    at, boot, looks = 0, 0, []
    verdicts = st.sampled_from([True, True, True, False, False, None])
    for _ in range(draw(st.integers(1, 25))):
        verdict = draw(verdicts)
        for _ in range(draw(st.integers(1, 8))):
            at += draw(st.sampled_from([1_000, 5_000, 15_000, 30_000, 61_000]))
            if draw(st.integers(0, 30)) == 0:
                boot, at = boot + 1, 3_000
            looks.append(Look(verdict, at, f"boot {boot}"))
    return looks


@settings(max_examples=150, derandomize=True, deadline=None)
@given(histories(), st.sampled_from([0, 1_000, 20_000, 90_000]))
def test_a_rule_stands_as_its_whole_history_says(looks: list[Look], lasting: int) -> None:
    assert stand(looks, lasting) == naive(looks, lasting)


def test_it_acts_once_the_condition_has_lasted() -> None:
    looks = [Look(verdict=True, at=at, boot="a") for at in (0, 5_000, 10_000, 15_000, 20_000, 25_000)]
    assert stand(looks) == [False, False, False, False, True, True]


def test_it_acts_at_once_where_nothing_has_to_last() -> None:
    assert stand([Look(verdict=True, at=0, boot="a")], 0) == [True]


def test_what_comes_and_goes_is_one_occasion_until_it_stayed_away() -> None:
    flapping = [Look(verdict=number % 2 == 0, at=number * 5_000, boot="a") for number in range(40)]
    away = [Look(verdict=False, at=200_000 + number * 5_000, boot="a") for number in range(14)]
    again = Look(verdict=True, at=300_000, boot="a")
    found = stand([*flapping, *away, again], 0)
    assert [number for number, (a, b) in enumerate(pairwise([False, *found])) if a != b] == [0, 51, 54]


def test_nobody_counts_the_time_in_which_nobody_knew() -> None:
    looks = [
        Look(verdict=True, at=0, boot="a"),
        Look(verdict=True, at=10_000, boot="a"),
        Look(verdict=None, at=15_000, boot="a"),
        Look(verdict=True, at=40_000, boot="a"),
        Look(verdict=True, at=45_000, boot="a"),
        Look(verdict=True, at=50_000, boot="a"),
    ]
    assert stand(looks) == [False, False, False, False, False, True]


def test_a_reboot_counts_for_nothing_and_takes_nothing_away() -> None:
    standing = Standing()
    for at in (0, 10_000):
        standing = after(standing, Look(verdict=True, at=at, boot="a"), LASTING)
    for at in (90_000, 99_000):
        standing = after(standing, Look(verdict=True, at=at, boot="b"), LASTING)
    assert (standing.raised, standing.lasted_ms) == (False, 19_000)
