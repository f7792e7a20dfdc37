"""The weights of a model, wherever they are kept. Leaves what they weigh, or `ModelError`: external data is within the
model's folder, links followed, and there; all have the bytes that their shapes ask for; none is NaN."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import external_data_helper, numpy_helper

from placelang.models.faults import quoted
from placelang.models.inspection import External, ModelError

STEP: Final = 2**20


@dataclass(frozen=True, slots=True)
class Weighed:
    parameters: int
    size: int
    external: tuple[External, ...]


def weigh(tensors: Iterable[tuple[onnx.TensorProto, bool]], folder: Path) -> Weighed:
    """All weights together, each looked at."""
    parameters = size = 0
    files: dict[str, External] = {}
    for tensor, weight in tensors:
        length = None
        if external_data_helper.uses_external_data(tensor):
            length = _external(tensor, folder, files)
        if not weight:
            continue
        values = _values(tensor, folder)
        if _has_nan(values):
            raise ModelError(f"the weight {quoted(tensor.name)} has NaN among its values")
        parameters += prod(tensor.dims)
        size += length or len(tensor.raw_data) or values.nbytes
    return Weighed(parameters, size, tuple(files[path] for path in sorted(files)))


def _external(tensor: onnx.TensorProto, folder: Path, files: dict[str, External]) -> int:
    """How many bytes of an external file are the tensor's; the file joins `files`."""
    said = {one.key: one.value for one in tensor.external_data}
    path, of = said.get("location", ""), f"the external data of {quoted(tensor.name)}"
    if path not in files:
        files[path] = _file(path, folder, of)
    try:
        offset, length = int(said.get("offset", 0)), int(said.get("length", -1))
    except ValueError:
        raise ModelError(f"{of}: its place in {quoted(path)} is no number") from None
    left = files[path].size - offset
    length = left if length == -1 else length
    if offset < 0 or not 0 <= length <= left:
        raise ModelError(f"{of} is not whole: {quoted(path)} ends before it")
    return length


def _file(path: str, folder: Path, of: str) -> External:
    home = folder.resolve()
    real = (home / path).resolve()
    if not path or not real.is_relative_to(home):
        raise ModelError(f"{of} is outside of the model's folder: {quoted(path)}")
    try:
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise ModelError(f"{of} cannot be read: {quoted(path)}: {reason}") from None
    with os.fdopen(handle, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ModelError(f"{of} is no regular file: {quoted(path)}")
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return External(path, file.tell(), f"sha256:{digest}")


def _values(tensor: onnx.TensorProto, folder: Path) -> np.ndarray[Any, np.dtype[Any]]:
    try:
        return numpy_helper.to_array(tensor, str(folder))
    except (ArithmeticError, LookupError, TypeError, ValueError, onnx.checker.ValidationError):
        shape = "×".join(map(str, tensor.dims)) or "one value"
        raise ModelError(
            f"the weight {quoted(tensor.name)} has not the bytes that its type and shape ({shape}) ask for"
        ) from None


def _has_nan(values: np.ndarray[Any, np.dtype[Any]]) -> bool:
    """In steps, since as many truths as weights would be memory again."""
    if values.dtype.kind not in "fcV":
        return False
    flat = values.reshape(-1)
    return any(bool(np.isnan(flat[at : at + STEP]).any()) for at in range(0, flat.size, STEP))
