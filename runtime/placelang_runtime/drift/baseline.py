"""A baseline: how the features of a model's inputs and answers are distributed where it was made.

A feature has edges, in their order, at equal shares of what was seen. Cells are what is below the first edge, the
first edge itself, what is between it and the second one, and so on: so a value that comes again and again, as in what
counts or names, has a cell of its own. Masses are the shares of cells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from math import fsum
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from placelang_runtime.base import Count, Digest, Document, Name
from placelang_runtime.drift.features import MOST_FEATURES, Matrix, ReadTensor

FORMAT: Final = "placelang/baseline/1"
EDGES: Final = 101
MOST_BYTES: Final = 32 << 20
LEAST_ROWS: Final = 100
"""Fewer say little of how anything is distributed."""
_CLOSE: Final = 1e-6
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class Feature(Document):
    """The distribution of a feature over `rows`."""

    name: Name
    rows: Annotated[int, Field(ge=LEAST_ROWS)]
    edges: Annotated[tuple[_Finite, ...], Field(min_length=1, max_length=EDGES)]
    masses: Annotated[
        tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=3, max_length=2 * EDGES + 1)
    ]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.masses) != 2 * len(self.edges) + 1 or abs(fsum(self.masses) - 1) > _CLOSE:
            raise ValueError("masses that are not those of the cells")
        if any(a >= b for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError("edges out of order")
        return self


class Answer(Document):
    """The tensor that says what a model answers: one of several classes, by a probability for each or by its label."""

    tensor: Name
    kind: Literal["probabilities", "labels"]


class Baseline(Document):
    """`model` is the digest of the file that it is of. `inputs` and `outputs` are the tensors that are watched, and
    `features` theirs, in the same order."""

    format: Literal["placelang/baseline/1"] = FORMAT
    model: Digest
    rows: Count
    inputs: Annotated[tuple[ReadTensor, ...], Field(max_length=MOST_FEATURES)]
    outputs: Annotated[tuple[ReadTensor, ...], Field(max_length=MOST_FEATURES)]
    answer: Answer | None
    features: Annotated[tuple[Feature, ...], Field(max_length=2 * MOST_FEATURES)]

    @model_validator(mode="after")
    def _names_its_features(self) -> Self:
        named = [name for read in (*self.inputs, *self.outputs) for name in read.features]
        if named != [feature.name for feature in self.features]:
            raise ValueError("features that are not those of the tensors")
        return self

    def inputs_only(self) -> Self:
        """The same, as far as it is of inputs."""
        return self.model_copy(update={"outputs": (), "features": self.features[: self.of_inputs]})

    @property
    def of_inputs(self) -> int:
        """So many of the features are of inputs; the others are of outputs."""
        return sum(len(read.features) for read in self.inputs)


class BaselineError(ValueError):
    """A file that is no baseline, or that of another model: the message goes on after the name of the file."""


def read_baseline(path: Path, models: Collection[str] | None) -> Baseline:
    """The baseline of one of the models with these digests, of whatever model for None. Raises BaselineError or
    OSError."""
    with path.open("rb") as file:
        text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise BaselineError(f"is larger than {MOST_BYTES} bytes: no baseline is")
    try:
        baseline = Baseline.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))[:100]
        raise BaselineError(f"is no baseline: {where}: {first['msg'].lower()[:200]}") from error
    if models is not None and baseline.model not in models:
        these = " or ".join(f"{model[:19]}…" for model in sorted(models))
        raise BaselineError(f"is the baseline of another model, {baseline.model[:19]}…, and this is {these}")
    return baseline


def distribution(name: str, values: Matrix) -> Feature:
    """How a feature is distributed, exactly."""
    ordered = np.sort(values)
    places = np.linspace(0, len(ordered) - 1, EDGES).round().astype(np.int64)
    edges = np.unique(ordered[places])
    below = np.searchsorted(ordered, edges, "left")
    upto = np.searchsorted(ordered, edges, "right")
    bounds = np.column_stack([below, upto]).ravel()
    counts = np.diff(bounds, prepend=0, append=len(ordered))
    return Feature(
        name=name,
        rows=len(ordered),
        edges=tuple(map(float, edges)),
        masses=tuple(float(count) / len(ordered) for count in counts),
    )


def file_digest(path: Path) -> str:
    """`sha256:<hex>` of a file. Raises OSError."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
