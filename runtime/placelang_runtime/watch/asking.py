"""What a model server on this host says of a model, asked over the host's own network. What answers is not trusted: it
may say what it likes of itself, in so many bytes and seconds."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from pydantic import ValidationError

from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.drift.reports import ModelReport
from placelang_runtime.drivers import Copy
from placelang_runtime.drivers.asking import get
from placelang_runtime.serve.manifest import FIRST_VERSION
from placelang_runtime.watch.measured import Numbers

SECONDS: Final = 5.0
MOST_BYTES: Final = 1 << 20


def ask_model(copy: Copy, spec: ReplicaSpec, model: str) -> Numbers | None:
    """What it measured of the version that shall run; None where it does not say."""
    said = _asked(copy, spec, model, "watch")
    try:
        return None if said is None else ModelReport.model_validate_json(said).numbers
    except ValidationError:
        return None


def ask_sketches(copy: Copy, spec: ReplicaSpec, model: str) -> str | None:
    """The sketches of that version as they are, for those who add them up."""
    said = _asked(copy, spec, model, "sketches")
    try:
        return None if said is None else said.decode()
    except UnicodeDecodeError:
        return None


def _asked(copy: Copy, spec: ReplicaSpec, model: str, what: str) -> bytes | None:
    served = next((one for one in spec.own.serves if one.name == model), None)
    if served is None or copy.address is None or not spec.own.ports:
        return None
    version = served.version or FIRST_VERSION
    path = f"/v2/models/{quote(model, safe='')}/versions/{quote(version, safe='')}/{what}"
    try:
        return get(copy.address, spec.own.ports[0].container, path, SECONDS, MOST_BYTES)
    except OSError:
        return None
