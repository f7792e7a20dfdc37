"""Baselines and rows to compare with them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from placelang_runtime.drift.answers import find_answer
from placelang_runtime.drift.baseline import Baseline, distribution
from placelang_runtime.drift.features import Array, Matrix, read_as, rows_of

MODEL = "sha256:" + "0" * 64


def baseline(inputs: Mapping[str, Array], outputs: Mapping[str, Array] | None = None) -> Baseline:
    """What `placelang model baseline` makes of these."""
    reads = [
        tuple(read_as(name, array.shape[1:], batched=True) for name, array in side.items())
        for side in (inputs, outputs or {})
    ]
    features = [
        distribution(feature, matrix[:, number])
        for side, tensors in zip((inputs, outputs or {}), reads, strict=True)
        for read in tensors
        for matrix in [rows_of(read, side[read.tensor])]
        for number, feature in enumerate(read.features)
    ]
    return Baseline(
        model=MODEL,
        rows=len(next(iter(inputs.values()))),
        inputs=reads[0],
        outputs=reads[1],
        answer=find_answer(outputs or {}),
        features=tuple(features),
    )


def normal(seed: int, rows: int, features: int = 3, *, shift: float = 0.0) -> Matrix:
    """Of which the first feature may be shifted, in standard deviations."""
    found = np.random.default_rng(seed).standard_normal((rows, features)).astype(np.float32)
    found[:, 0] += np.float32(shift)
    return found
