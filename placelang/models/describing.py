"""The baseline of a model over a data set, in the process that is there for it: the model is run on all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from placelang.models.data import Wanted, read_data
from placelang.models.inspection import ModelError
from placelang.models.profiling import none_such, plain
from placelang.models.session import available, open_session
from placelang_runtime.drift.answers import find_answer
from placelang_runtime.drift.baseline import LEAST_ROWS, Baseline, distribution, file_digest
from placelang_runtime.drift.features import MOST_FEATURES, ReadTensor, read_as, rows_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from placelang.models.session import Array

_TOGETHER: Final = 64
_NAMES: Final = {"float": "float32", "double": "float64", "string": "str"}


def describe(provider: str, path: str, folder: str) -> Baseline:
    """Raises `ModelError`, OSError, or whatever the provider does."""
    known = available().providers
    chosen = next((one for one in known if plain(one) == provider), None)
    if chosen is None:
        raise none_such(provider, known)
    session = open_session(chosen, path)
    inputs = [_wanted(one) for one in session.get_inputs()]
    data = read_data(Path(folder), inputs)
    rows = len(next(iter(data.values()), ()))
    if rows < LEAST_ROWS:
        raise ModelError(f"{rows} rows say little of how anything is distributed: give {LEAST_ROWS} or more")
    runs = _Runs(session, data, rows)
    reads_in = tuple(
        read_as(one.name, one.shape, batched=runs.batched[one.name])
        for one in inputs
        if one.dtype not in {"str", "object"}
    )
    reads_out = tuple(runs.reads())
    seen: dict[str, list[Array]] = {read.tensor: [] for read in (*reads_in, *reads_out)}
    answers = set()
    for feeds, results in runs.all(one_by_one=not all(read.batched for read in (*reads_in, *reads_out))):
        for read in reads_in:
            seen[read.tensor].append(rows_of(read, feeds[read.tensor]))
        for read in reads_out:
            seen[read.tensor].append(rows_of(read, results[read.tensor]))
        answers.add(find_answer({read.tensor: results[read.tensor] for read in reads_out}))
    named = [name for read in (*reads_in, *reads_out) for name in read.features]
    if not 0 < len(named) <= MOST_FEATURES:
        raise ModelError(f"{len(named)} features are not from 1 to {MOST_FEATURES}, which can be watched")
    matrices = [np.concatenate(seen[read.tensor]) for read in (*reads_in, *reads_out)]
    columns = [matrix[:, number] for matrix in matrices for number in range(matrix.shape[1])]
    return Baseline(
        model=file_digest(Path(path)),
        rows=rows,
        inputs=reads_in,
        outputs=reads_out,
        answer=answers.pop() if len(answers) == 1 else None,
        features=tuple(distribution(name, values) for name, values in zip(named, columns, strict=True)),
    )


class _Runs:
    """A model, run on rows: many at a time where it takes as many as there are, else one by one."""

    def __init__(self, session: InferenceSession, data: dict[str, Array], rows: int) -> None:
        self._session, self._data, self._rows = session, data, rows
        shapes = {one.name: one.shape for one in session.get_inputs()}
        self.batched = {
            name: bool(shape) and (not isinstance(shape[0], int) or shape[0] == 1)
            for name, shape in shapes.items()
        }
        self._together = all(bool(shape) and not isinstance(shape[0], int) for shape in shapes.values())
        self._types = {one.name: _wanted(one).dtype for one in session.get_inputs()}

    def reads(self) -> Iterator[ReadTensor]:
        """How the outputs are read that are numbers."""
        few = [self._run(0, count) for count in ((2, 3) if self._together else (1, 1))]
        counts = (2, 3) if self._together else (1, 1)
        for one in self._session.get_outputs():
            found = [results[one.name] for _, results in few]
            if not all(isinstance(array, np.ndarray) and array.dtype.kind in "fiub" for array in found):
                continue
            fits = all(array.ndim and len(array) == count for array, count in zip(found, counts, strict=True))
            batched = fits and (self._together or one.shape[0] == 1)
            declared = one.shape[1:] if batched else one.shape
            shape = [size if isinstance(size, int) else None for size in declared]
            yield read_as(one.name, shape, batched=batched)

    def all(self, *, one_by_one: bool) -> Iterator[tuple[dict[str, Array], dict[str, Any]]]:
        step = 1 if one_by_one or not self._together else _TOGETHER
        for start in range(0, self._rows, step):
            yield self._run(start, min(step, self._rows - start))

    def _run(self, start: int, count: int) -> tuple[dict[str, Array], dict[str, Any]]:
        feeds = {}
        for name, array in self._data.items():
            piece = array[start : start + count] if self.batched[name] else array[start]
            feeds[name] = np.asarray(piece, self._types[name])
        names = [one.name for one in self._session.get_outputs()]
        return feeds, dict(zip(names, self._session.run(names, feeds), strict=True))


def _wanted(one: Any) -> Wanted:
    found = re.fullmatch(r"tensor\((\w+)\)", one.type)
    if found is None:
        raise ModelError(f"an input is {one.type}, which no data set has")
    sizes = [size if isinstance(size, int) else None for size in one.shape]
    batched = bool(sizes) and sizes[0] in {None, 1}
    return Wanted(one.name, _NAMES.get(found[1], found[1]), tuple(sizes[1:] if batched else sizes))
