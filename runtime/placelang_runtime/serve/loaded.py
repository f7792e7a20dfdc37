"""A version of a model, loaded: what it takes and gives, the session that runs it, and what it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import onnxruntime

from placelang_runtime.drift.baseline import Baseline, BaselineError, file_digest, read_baseline
from placelang_runtime.serve.manifest import Drawn, Entry
from placelang_runtime.serve.tensors import OF_ONNX, Array, Tensor

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_ENDING: Final = "ExecutionProvider"
_SILENT: Final = 4
_ELSEWHERE: Final = frozenset({"azure"})
"""Providers that send what they are given away from the host: never unless they are asked for."""


class LoadError(Exception):
    """The model cannot be served; the message says why."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """`batches` is whether requests may be run together: all inputs and outputs begin with a dimension that requests
    choose, by one name."""

    entry: Entry
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    batches: bool
    session: InferenceSession
    baseline: Baseline | None = None

    def run(self, feeds: dict[str, Array]) -> dict[str, Array]:
        """Raises whatever the runtime does."""
        return dict(zip(self.outputs, self.session.run(None, feeds), strict=True))

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(_plain(one) for one in self.session.get_providers())


onnxruntime.disable_telemetry_events()  # what runs at a site is nobody's business elsewhere


def load(folder: Path, entry: Entry, threads: int) -> Loaded:
    """A version of a model, on so many threads. Raises LoadError."""
    path = folder / entry.file
    _verify(path, entry.digest)
    for one in entry.beside:
        _verify(path.parent / one.path, one.digest)
    baseline = None if entry.baseline is None else _baseline(folder, entry, entry.baseline)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    if threads == 1:
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=_providers(entry))
        session.disable_fallback()
        inputs = _tensors(session.get_inputs(), "input")
        outputs = _tensors(session.get_outputs(), "output")
    except LoadError:
        raise
    except Exception as error:
        # Each provider has errors of its own, without a common kind.
        raise LoadError(_first_line(error)) from error
    batches = _batches((*inputs.values(), *outputs.values()))
    return Loaded(entry, inputs, outputs, batches, session, baseline)


def _baseline(folder: Path, entry: Entry, drawn: Drawn) -> Baseline:
    """What the model is measured by; of a baseline of another variant only the inputs, as answers differ."""
    path = folder / drawn.file
    _verify(path, drawn.digest)
    try:
        own = entry.digest or file_digest(folder / entry.file)
        found = read_baseline(path, [drawn.model or own])
    except BaselineError as error:
        raise LoadError(f"{path.name} {error}") from None
    except OSError as error:
        raise LoadError(f"{error.filename}: {(error.strerror or str(error)).lower()}") from None
    return found if found.model == own else found.inputs_only()


def _verify(path: Path, digest: str | None) -> None:
    if digest is None:
        return
    try:
        found = file_digest(path)
    except OSError as error:
        raise LoadError(f"{path.name}: {(error.strerror or str(error)).lower()}") from None
    if found != digest:
        raise LoadError(f"{path.name} is another file than it should be: {found}, not {digest}")


def _providers(entry: Entry) -> list[str]:
    there = onnxruntime.get_available_providers()
    wanted = {_plain(one): one for one in there}
    if not entry.providers:
        return [one for one in there if _plain(one) not in _ELSEWHERE]
    found = [wanted[name.lower()] for name in entry.providers if name.lower() in wanted]
    if not found:
        raise LoadError(f"none of its execution providers is here: {', '.join(entry.providers)}")
    return found


def _plain(provider: str) -> str:
    return provider.removesuffix(_ENDING).lower()


def _tensors(those: Any, what: str) -> dict[str, Tensor]:
    for one in those:
        if one.type not in OF_ONNX:
            raise LoadError(f"the {what} {one.name} is {one.type}, for which the protocol has no type")
    return {one.name: Tensor(one.name, OF_ONNX[one.type], tuple(one.shape)) for one in those}


def _batches(tensors: tuple[Tensor, ...]) -> bool:
    first = {one.shape[0] if one.shape else None for one in tensors}
    return len(first) == 1 and isinstance(next(iter(first)), str)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:400] if lines else type(error).__name__
