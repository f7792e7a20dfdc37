"""From tensors to features: a few numbers for each row, of which distributions are kept.

A row is one thing that a model was asked about. A tensor with few numbers for each has a feature for each of them; of
an image it is mean and deviation of each channel, of anything larger mean, deviation, least and largest. Texts have
none.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field

from placelang_runtime.base import Document, Name

Array = np.ndarray[Any, np.dtype[Any]]
Matrix = np.ndarray[Any, np.dtype[np.float32]]

MOST_EACH: Final = 32
MOST_CHANNELS: Final = 4
IMAGE: Final = 3
MOST_FEATURES: Final = 256
LARGEST: Final = 1 << 15
"""Of a row with more numbers, about so many are looked at, evenly spread."""
MISSING: Final = float(np.finfo(np.float32).min)
"""What is no number counts as less than all that are."""


class ReadTensor(Document):
    """How a tensor becomes features. `batched`: its first dimension counts rows."""

    tensor: Name
    batched: bool
    how: Literal["each", "channels-first", "channels-last", "whole"]
    features: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_FEATURES)]


def read_as(tensor: str, shape: Sequence[int | None], *, batched: bool) -> ReadTensor:
    """How a tensor whose rows have this shape is read; None is a size that requests choose."""
    known = [size for size in shape if size is not None]
    if len(known) == len(shape) and prod(known) <= MOST_EACH:
        places = [",".join(map(str, place)) for place in np.ndindex(*known)]
        names = tuple(f"{tensor}[{place}]" for place in places) if known else (tensor,)
        return ReadTensor(tensor=tensor, batched=batched, how="each", features=names or (tensor,))
    for how, channels in (("channels-first", shape[:1]), ("channels-last", shape[-1:])):
        if len(shape) >= IMAGE and channels[0] is not None and channels[0] <= MOST_CHANNELS:
            names = tuple(f"{tensor} {of} {n}" for of in ("mean", "deviation") for n in range(channels[0]))
            return ReadTensor(tensor=tensor, batched=batched, how=how, features=names)  # type: ignore[arg-type]
    names = tuple(f"{tensor} {of}" for of in ("mean", "deviation", "least", "largest"))
    return ReadTensor(tensor=tensor, batched=batched, how="whole", features=names)


def rows_of(read: ReadTensor, array: Array) -> Matrix:
    """The features of each row. Raises ValueError for a tensor of another form."""
    numbers = array.astype(np.float32, copy=False) if array.dtype != np.float32 else array
    rows = numbers if read.batched else numbers[None, ...]
    if not rows.size:
        return np.empty((0, len(read.features)), np.float32)
    found = _features(read, rows)
    found[np.isnan(found)] = MISSING
    np.clip(found, MISSING, -MISSING, out=found)
    return found


def _features(read: ReadTensor, rows: Matrix) -> Matrix:
    count = len(rows)
    if read.how == "each":
        return rows.reshape(count, len(read.features)).copy()
    if read.how == "whole":
        flat = _thinned(rows.reshape(count, 1, -1))[:, 0]
        return np.stack([flat.mean(1), flat.std(1), flat.min(1), flat.max(1)], axis=1)
    first = rows if read.how == "channels-first" else np.moveaxis(rows, -1, 1)
    channels = _thinned(first.reshape(count, len(read.features) // 2, -1))
    return np.concatenate([channels.mean(2), channels.std(2)], axis=1)


def _thinned(rows: Matrix) -> Matrix:
    step = rows.shape[2] * rows.shape[1] // LARGEST
    return rows if step <= 1 else rows[:, :, :: step | 1]
