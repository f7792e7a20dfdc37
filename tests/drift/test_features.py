"""A few numbers of each tensor."""

from __future__ import annotations

import numpy as np
import pytest

from placelang_runtime.drift.features import LARGEST, MISSING, read_as, rows_of


def test_small_tensors_are_read_number_by_number() -> None:
    read = read_as("x", (2, 2), batched=True)
    assert read.features == ("x[0,0]", "x[0,1]", "x[1,0]", "x[1,1]")
    rows = rows_of(read, np.arange(8, dtype=np.int64).reshape(2, 2, 2))
    assert rows.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_one_number_a_row_goes_by_the_name_of_its_tensor() -> None:
    read = read_as("age", (), batched=True)
    assert read.features == ("age",)
    assert rows_of(read, np.array([3, 4])).tolist() == [[3], [4]]


@pytest.mark.parametrize(("shape", "how"), [((3, 8, 8), "channels-first"), ((8, 8, 3), "channels-last")])
def test_images_are_read_by_channel(shape: tuple[int, ...], how: str) -> None:
    read = read_as("image", shape, batched=True)
    image = np.zeros((2, 3, 8, 8), np.float32)
    image[1, 2] = 5
    found = rows_of(read, image if how == "channels-first" else np.moveaxis(image, 1, -1))
    assert (read.how, found.tolist()) == (how, [[0] * 6, [0, 0, 5, 0, 0, 0]])


def test_what_is_larger_or_of_no_fixed_size_is_read_as_a_whole() -> None:
    read = read_as("words", (None, 7), batched=False)
    assert read.features == ("words mean", "words deviation", "words least", "words largest")
    assert rows_of(read, np.array([[1.0] * 7, [3.0] * 7])).tolist() == [[2, 1, 1, 3]]


def test_of_very_large_rows_a_part_is_looked_at() -> None:
    read = read_as("audio", (LARGEST * 10,), batched=True)
    row = np.random.default_rng(0).standard_normal((1, LARGEST * 10)).astype(np.float32)
    mean, deviation, *_ = rows_of(read, row)[0]
    assert abs(mean) < 0.05
    assert abs(deviation - 1) < 0.05


def test_what_is_no_number_is_less_than_all_that_are() -> None:
    read = read_as("x", (3,), batched=True)
    values = np.array([[np.nan, np.inf, -np.inf]], np.float32)
    assert rows_of(read, values).tolist() == [[MISSING, -MISSING, MISSING]]


def test_a_tensor_of_another_form_is_told() -> None:
    with pytest.raises(ValueError, match="reshape"):
        rows_of(read_as("x", (3,), batched=True), np.zeros((1, 4), np.float32))
