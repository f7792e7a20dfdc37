"""A data set in a folder, as arrays for the inputs of a model, rows first.

Either `NAME.npy` for each input, or any number of `.npz` files with an array for each, one after the other by name, or
any number of `.csv` files with a column for each number. What is not one of them is not looked at.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from placelang.models.faults import first_line, quoted, shortened
from placelang.models.inspection import ModelError

if TYPE_CHECKING:
    from placelang.models.session import Array

MOST_ROWS: Final = 1_000_000
MOST_FILES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """An input: the type of its numbers, and the shape of one row, None for a size that requests choose."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


def read_data(folder: Path, wanted: Sequence[Wanted]) -> dict[str, Array]:
    """An array for each input, all with as many rows. Raises ModelError or OSError."""
    found = {kind: _files(folder, kind) for kind in (".npy", ".npz", ".csv")}
    kinds = [kind for kind, files in found.items() if files]
    if len(kinds) != 1:
        names = ", ".join(f"{one.name}.npy" for one in wanted[:3])
        raise ModelError(
            f"{folder} has {' and '.join(kinds) or 'no .npy, .npz or .csv'} files: "
            f"give either {names}, or .npz, or .csv"
        )
    readers: dict[str, Callable[[list[Path], Sequence[Wanted]], dict[str, Array]]]
    readers = {".npy": _npy, ".npz": _npz, ".csv": _csv}
    arrays = readers[kinds[0]](found[kinds[0]], wanted)
    counts = {len(array) for array in arrays.values()}
    if len(counts) != 1:
        told = ", ".join(f"{quoted(name)} {len(array):,}" for name, array in arrays.items())
        raise ModelError(f"the inputs have different numbers of rows: {told}")
    if max(counts) > MOST_ROWS:
        raise ModelError(f"{max(counts):,} rows are more than {MOST_ROWS:,}: take every tenth, or so")
    return {one.name: _fitting(one, arrays[one.name]) for one in wanted}


def _files(folder: Path, kind: str) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if path.suffix == kind)
    if len(found) > MOST_FILES:
        raise ModelError(f"{folder} has more than {MOST_FILES:,} {kind} files")
    return found


def _npy(files: list[Path], wanted: Sequence[Wanted]) -> dict[str, Array]:
    there = {path.stem: path for path in files}
    missing = [one.name for one in wanted if one.name not in there]
    if missing:
        raise ModelError(f"there is no {missing[0]}.npy for the input {quoted(missing[0])}")
    return {one.name: _loaded(there[one.name]) for one in wanted}


def _npz(files: list[Path], wanted: Sequence[Wanted]) -> dict[str, Array]:
    pieces: dict[str, list[Array]] = {one.name: [] for one in wanted}
    for path in files:
        with _told(path), np.load(path, allow_pickle=False) as archive:
            for name, of in pieces.items():
                if name not in archive:
                    raise ModelError(f"{path.name} has no array {quoted(name)}")
                of.append(np.atleast_1d(archive[name]))
    with _told(files[0]):
        return {name: np.concatenate(of) for name, of in pieces.items()}


def _csv(files: list[Path], wanted: Sequence[Wanted]) -> dict[str, Array]:
    columns = [name for one in wanted for name in _columns(one)]
    rows = [row for path in files for row in _rows(path, columns, alone=len(wanted) == 1)]
    numbers = np.array(rows, np.float64).reshape(len(rows), len(columns))
    arrays, start = {}, 0
    for one in wanted:
        width = len(_columns(one))
        arrays[one.name] = numbers[:, start : start + width].reshape(len(rows), *map(int, _fixed(one)))
        start += width
    return arrays


def _columns(one: Wanted) -> list[str]:
    """`age` for one number, `x[0]` and so on for several."""
    shape = _fixed(one)
    if prod(shape) == 1:
        return [one.name]
    return [f"{one.name}[{','.join(map(str, place))}]" for place in np.ndindex(*shape)]


def _fixed(one: Wanted) -> tuple[int, ...]:
    known = tuple(size for size in one.shape if size is not None)
    if len(known) < len(one.shape) or prod(known) > MOST_FILES:
        raise ModelError(f"the input {quoted(one.name)} does not fit columns: give .npy or .npz files")
    return known


def _rows(path: Path, columns: list[str], *, alone: bool) -> Iterator[list[float]]:
    """The columns by their names or, for a model with one input, as they stand where none has its name."""
    with path.open(encoding="utf-8-sig", newline="") as file, _told(path):
        reader = csv.reader(file)
        header = next(reader, [])
        if set(columns) <= set(header):
            places = [header.index(name) for name in columns]
        elif alone and len(header) == len(columns) and not set(columns) & set(header):
            places = list(range(len(columns)))
        else:
            missing = next(name for name in columns if name not in header)
            raise ModelError(f"{path.name} has no column {quoted(missing)}")
        for number, row in enumerate(reader, 2):
            if number > MOST_ROWS + 1:
                raise ModelError(f"{path.name} has more than {MOST_ROWS:,} rows: take every tenth, or so")
            try:
                yield [float(row[place] or "nan") for place in places]
            except (ValueError, IndexError):
                text = shortened(",".join(row), 60)
                raise ModelError(f"{path.name}:{number}: no numbers: {quoted(text)}") from None


def _loaded(path: Path) -> Array:
    with _told(path):
        found: Array = np.load(path, mmap_mode="r", allow_pickle=False)
        return np.atleast_1d(found)


def _fitting(one: Wanted, array: Array) -> Array:
    """The rows as the model takes them."""
    shape = array.shape[1:]
    if shape == (1,) and one.shape == ():
        array, shape = array[:, 0], ()
    alike = len(shape) == len(one.shape) and all(
        size in {wanted, None} or wanted is None for size, wanted in zip(shape, one.shape, strict=True)
    )
    if not alike:
        wanted = "x".join("?" if size is None else str(size) for size in one.shape) or "one number"
        given = "x".join(map(str, shape)) or "one number"
        raise ModelError(f"the input {quoted(one.name)} is {wanted} a row, and the data {given}")
    if not np.can_cast(array.dtype, one.dtype, "same_kind") and array.dtype.kind not in "iubf":
        raise ModelError(f"the input {quoted(one.name)} is {one.dtype}, and the data {array.dtype}")
    return array


class _told:  # noqa: N801 - it reads as a word
    """What goes wrong while a file is read is a fault of the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValueError | EOFError | KeyError | csv.Error) and not isinstance(
            error, ModelError
        ):
            raise ModelError(f"{self._path.name} cannot be read: {first_line(error)}") from error
