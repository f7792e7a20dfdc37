from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from placelang.columns import Numbers
from placelang.evaluate.kleene import comparison
from placelang.evaluate.numbers import arithmetic
from placelang.types import LIMIT
from tests.evaluate import reference
from tests.evaluate.reference import Range

ENDS = [-math.inf, -LIMIT, -2.0, 0.0, 1.0, 2.0, 3.0, LIMIT, math.inf]
RANGES = [Range(a, b) for a, b in product(ENDS, ENDS) if a <= b and a < math.inf and b > -math.inf]
PAIRS = list(product(RANGES, RANGES))


def column(ranges: list[Range]) -> Numbers:
    return Numbers(np.array([low for low, _ in ranges]), np.array([high for _, high in ranges]))


LEFT, RIGHT = column([left for left, _ in PAIRS]), column([right for _, right in PAIRS])


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
def test_a_comparison_is_known_only_where_it_is_the_same_all_over_both_ranges(operator: str) -> None:
    found = comparison(operator, LEFT, RIGHT)
    assert [found.value(at) for at in range(len(PAIRS))] == [
        reference.compare(operator, *pair) for pair in PAIRS
    ]


@pytest.mark.parametrize("operator", ["+", "-", "*", "/"])
def test_a_result_is_the_range_of_all_results_that_the_language_can_count(operator: str) -> None:
    found = arithmetic(operator, LEFT, RIGHT)
    due = [reference.arithmetic(operator, *pair) for pair in PAIRS]
    assert list(zip(found.low.tolist(), found.high.tolist(), strict=True)) == due
