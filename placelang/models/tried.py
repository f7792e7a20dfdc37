"""What became of models that were tried here, kept by digest: a model is loaded and run once, not with each plan."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from placelang.models.confined import ConfinedError, Limits, run
from placelang.models.inspection import Trial
from placelang_runtime.files import write_whole

_LONGEST = 1 << 16


def try_model(path: Path, digest: str, provider: str, cache: Path) -> Trial:
    """What becomes of the model with this digest and execution provider, by the name of the runtime that is here."""
    kept = cache / "tried" / f"{digest.removeprefix('sha256:')}-{provider}-{version('onnxruntime')}.json"
    with suppress(OSError, ValidationError), kept.open("rb") as file:
        return TypeAdapter(Trial).validate_json(file.read(_LONGEST))
    try:
        found = run(Trial, Limits(), "trial", provider, str(path.absolute()))
    except ConfinedError as error:
        return Trial(provider, "no", reason=str(error))
    with suppress(OSError):  # the next plan tries again
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, json.dumps(asdict(found)).encode(), mode=0o644)
    return found
