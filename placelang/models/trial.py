"""Loading a model with one execution provider and running it once on zeros, in the process that is there for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime

from placelang.models.faults import first_line, quoted
from placelang.models.inspection import Available, Trial

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_SILENT: Final = 4
_NAMES: Final = {"float": "float32", "double": "float64"}
_CODE: Final = re.compile(r"^\[ONNXRuntimeError\] : \d+ : (\w+ : )?")


class _CannotFeedError(Exception):
    """There are no zeros for an input."""


def available() -> Available:
    """The execution providers of the runtime here, best first."""
    return Available(tuple(onnxruntime.get_available_providers()))


def attempt(provider: str, path: str) -> Trial:
    """What becomes of the model. Providers have as many ways to fail as they have makers: each is a reason."""
    before = _memory("VmRSS")
    trial = Trial(provider, "no", runtime_memory=before)
    try:
        session = _session(provider, path)
        trial = replace(trial, runs=_share(session, provider))
        if trial.runs == "no":
            return replace(trial, reason="it takes none of the operators", runtime_memory=None)
    except Exception as error:  # noqa: BLE001 - see above
        return replace(trial, reason=_reason(error), runtime_memory=None)
    try:
        chosen = _run_once(session)
        trial = replace(trial, dry_run=True, as_one=chosen)
    except Exception as error:  # noqa: BLE001 - see above
        trial = replace(trial, reason=_reason(error))
    return replace(trial, own_memory=max(0, _memory("VmHWM") - before))


def _session(provider: str, path: str) -> InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    session = onnxruntime.InferenceSession(path, options, providers=[provider])
    session.disable_fallback()
    return session


def _share(session: InferenceSession, provider: str) -> Any:
    """How many operators the provider was given."""
    given = {one.ep_name for one in session.get_provider_graph_assignment_info() if one.get_nodes()}
    if not given - {provider}:
        return "all" if provider in session.get_providers() else "no"
    return "part" if provider in given else "no"


def _run_once(session: InferenceSession) -> tuple[str, ...]:
    """Run on zeros; leaves the names of the dimensions that were taken as 1."""
    inputs = session.get_inputs()
    session.run(None, {one.name: _zeros(one) for one in inputs})
    return tuple(dict.fromkeys(name for one in inputs for name in _open(one.shape)))


def _open(shape: list[int | str | None]) -> Iterator[str]:
    yield from (size or "?" for size in shape if not isinstance(size, int))


def _zeros(one: Any) -> np.ndarray[Any, np.dtype[Any]]:
    shape = tuple(size if isinstance(size, int) else 1 for size in one.shape)
    found = re.fullmatch(r"tensor\((\w+)\)", one.type)
    if found and found[1] == "string":
        return np.full(shape, "", dtype=object)
    try:
        return np.zeros(shape, _NAMES.get(found[1], found[1]) if found else "")
    except TypeError:
        fault = f"the input {quoted(one.name)} is {one.type}, of which there are no zeros"
        raise _CannotFeedError(fault) from None


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError) or re.search("bad_alloc|allocate memory", str(error)):
        return "it needs more memory than it may have: raise --memory"
    return _CODE.sub("", first_line(error))


def _memory(what: str) -> int:
    """Of this process, in bytes, since it began: what `getrusage` tells counts who started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
