"""What a model server says of a model right now, in a document read without NumPy. Nothing of it is a request."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from placelang_runtime.base import Count, Document, Name, Text

_Number = Annotated[float, Field(allow_inf_nan=False)]


class SeenFeature(Document):
    """How far a feature of the last thousand rows is from its baseline."""

    name: Name
    psi: _Number
    ks: _Number
    drifted: bool


class ModelReport(Document):
    """`numbers` are the metrics that rules read, in base units; `unread` requests did not fit the baseline."""

    format: Literal["placelang/watch/1"] = "placelang/watch/1"
    model: Name
    version: Text
    numbers: Annotated[
        dict[Name, _Number | Annotated[dict[Name, _Number], Field(max_length=16)]], Field(max_length=32)
    ]
    unread: Count
    features: Annotated[tuple[SeenFeature, ...], Field(max_length=512)] = ()
