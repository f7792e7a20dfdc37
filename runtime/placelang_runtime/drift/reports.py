"""What a model server says of a model: a document, which adds up over servers. Nothing of it is a request."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from placelang_runtime.base import Count, Document, Name, Text
from placelang_runtime.drift.baseline import Baseline

FORMAT: Final = "placelang/watch/1"
MOST_BYTES: Final = 64 << 20

_Number = Annotated[float, Field(allow_inf_nan=False)]


class SeenFeature(Document):
    """How far a feature of the last thousand rows is from its baseline."""

    name: Name
    psi: _Number
    ks: _Number
    drifted: bool


class ModelReport(Document):
    """`numbers` are the metrics that rules read, in base units. `sketches` are of the features of `baseline`, one
    each, over the last hour; where they were not asked for, or there are none, both are empty."""

    format: Literal["placelang/watch/1"] = FORMAT
    model: Name
    version: Text
    numbers: Annotated[
        dict[Name, _Number | Annotated[dict[Name, _Number], Field(max_length=16)]], Field(max_length=32)
    ]
    unread: Count
    features: Annotated[tuple[SeenFeature, ...], Field(max_length=512)] = ()
    baseline: Baseline | None = None
    sketches: Annotated[tuple[Text, ...], Field(max_length=512)] = ()
