"""A model loaded with one execution provider, and what can be asked of it and of its process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import onnxruntime

from placelang.models.faults import first_line, quoted
from placelang.models.inspection import Available

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    Array = np.ndarray[Any, np.dtype[Any]]

onnxruntime.disable_telemetry_events()  # what people look into is nobody's business elsewhere

_SILENT: Final = 4
_NAMES: Final = {"float": "float32", "double": "float64"}
_CODE: Final = re.compile(r"^\[ONNXRuntimeError\] : \d+ : (\w+ : )?")


class _CannotFeedError(Exception):
    """There are no zeros for an input."""


def available() -> Available:
    """The execution providers of the runtime here, best first."""
    return Available(tuple(onnxruntime.get_available_providers()))


def open_session(provider: str, path: str) -> InferenceSession:
    """The model, loaded; raises whatever the provider does."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    session = onnxruntime.InferenceSession(path, options, providers=[provider])
    session.disable_fallback()
    return session


def share(session: InferenceSession, provider: str) -> Literal["all", "part", "no"]:
    """How many operators the provider was given."""
    given = {one.ep_name for one in session.get_provider_graph_assignment_info() if one.get_nodes()}
    if not given - {provider}:
        return "all" if provider in session.get_providers() else "no"
    return "part" if provider in given else "no"


def zeros(session: InferenceSession) -> dict[str, Array]:
    """Zeros for each input, with dimensions that requests choose as 1."""
    return {one.name: _zeros(one) for one in session.get_inputs()}


def chosen(session: InferenceSession) -> tuple[str, ...]:
    """The names of the dimensions that requests choose."""
    shapes = [one.shape for one in session.get_inputs()]
    names = (size or "?" for shape in shapes for size in shape if not isinstance(size, int))
    return tuple(dict.fromkeys(names))


def _zeros(one: Any) -> Array:
    shape = tuple(size if isinstance(size, int) else 1 for size in one.shape)
    found = re.fullmatch(r"tensor\((\w+)\)", one.type)
    if found and found[1] == "string":
        return np.full(shape, "", dtype=object)
    try:
        return np.zeros(shape, _NAMES.get(found[1], found[1]) if found else "")
    except TypeError:
        fault = f"the input {quoted(one.name)} is {one.type}, of which there are no zeros"
        raise _CannotFeedError(fault) from None


def reason(error: Exception) -> str:
    """What an error of the runtime says, in a line."""
    if isinstance(error, MemoryError) or re.search("bad_alloc|allocate memory", str(error)):
        return "it needs more memory than it may have: raise --memory"
    return _CODE.sub("", first_line(error))


def memory(what: str) -> int:
    """Of this process, in bytes, since it began: what `getrusage` tells counts who started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
