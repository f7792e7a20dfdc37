"""The last rows against their baseline."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang_runtime.drift.baseline import Feature, distribution
from placelang_runtime.drift.distance import chance
from placelang_runtime.drift.features import Matrix
from placelang_runtime.drift.window import LEAST, ROWS, DriftWindow, drift
from tests.drift.worlds import baseline, normal


def window_of(rows: Matrix) -> DriftWindow:
    return DriftWindow(baseline({"x": rows}).features)


def naive(reference: Matrix, seen: Matrix) -> float:
    """The Kolmogorov-Smirnov distance, value by value."""
    values = np.concatenate([reference, seen])[:, None]
    return float(np.abs((reference <= values).mean(axis=1) - (seen <= values).mean(axis=1)).max())


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_said_of_rows_that_are_like_the_baseline(seed: int) -> None:
    window = window_of(normal(seed, 5_000))
    for piece in range(200):
        window.add(normal(1_000 + 300 * seed + piece, 64))
        found = window.distances()
        assert found is None or drift(found) == 0


@pytest.mark.parametrize("seed", range(5))
def test_half_a_standard_deviation_is_found_within_a_thousand_rows(seed: int) -> None:
    window = window_of(normal(seed, 10_000))
    window.add(normal(100 + seed, 3_000))
    window.add(normal(200 + seed, 1_000, shift=0.5))
    found = window.distances()
    assert found is not None
    assert drift(found) > 0.1
    assert [one.drifted for one in found] == [True, False, False]


def test_what_has_drifted_and_is_as_before_is_as_before() -> None:
    window = window_of(normal(0, 10_000))
    for shift in (0.0, 2.0):
        window.add(normal(1, ROWS, shift=shift))
    assert drift(window.distances() or ()) == 1.0
    window.add(normal(2, ROWS))
    assert drift(window.distances() or ()) == 0


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.integers(0, 1000), st.lists(st.integers(1, 700), min_size=1, max_size=6), st.booleans())
def test_the_window_holds_the_last_rows_however_they_came(seed: int, sizes: list[int], counted: bool) -> None:
    reference = normal(seed, 500, 2)
    pieces = [normal(seed + n, size, 2, shift=n / 4) for n, size in enumerate(sizes, 1)]
    if counted:
        reference, pieces = reference.round(), [piece.round() for piece in pieces]
    window = window_of(reference)
    for piece in pieces:
        window.add(piece)
    last = np.concatenate(pieces)[-ROWS:]
    found = window.distances()
    if len(last) < LEAST:
        assert found is None
        return
    assert found is not None
    exact = [naive(reference[:, n], last[:, n]) for n in range(2)]
    for one, ks in zip(found, exact, strict=True):
        assert ks - 0.02 <= one.ks <= ks + 1e-9


def test_values_that_come_again_and_again_have_cells_of_their_own() -> None:
    feature = distribution("x", np.array([0.0] * 60 + [1.0] * 40, np.float32))
    assert (feature.edges, feature.masses) == ((0.0, 1.0), (0.0, 0.6, 0.0, 0.4, 0.0))


def test_what_never_varied_is_found_to_vary() -> None:
    window = DriftWindow((distribution("x", np.zeros(1_000, np.float32)),))
    window.add(np.zeros((500, 1), np.float32))
    assert drift(window.distances() or ()) == 0
    window.add(np.full((500, 1), -1.0, np.float32))
    assert drift(window.distances() or ()) == 1.0


def test_chance_explains_less_the_more_is_seen() -> None:
    figures = [chance(values, 10_000, 10) for values in (200, 500, 1_000)]
    assert figures == sorted(figures, reverse=True)
    assert chance(1_000, 100, 10) > chance(1_000, 10_000, 10)


@pytest.mark.parametrize(
    "said",
    [
        {"edges": (1.0, 1.0), "masses": (0.0, 0.5, 0.0, 0.5, 0.0)},
        {"edges": (1.0,), "masses": (0.5, 0.5, 0.5)},
        {"edges": (1.0, 2.0), "masses": (0.5, 0.5, 0.0)},
        {"edges": (float("nan"),), "masses": (0.5, 0.5, 0.0)},
    ],
)
def test_a_distribution_that_is_none_is_refused(said: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Feature(name="x", rows=1_000, **said)
