"""From a path to an `Inspection`, or `ModelError`. Processes of their own open the file, and nothing else does: one
reads what it says, then one for each execution provider loads it and runs it once."""

from __future__ import annotations

from pathlib import Path

from placelang.models.confined import ConfinedError, Limits, run
from placelang.models.inspection import Available, Inspection, ModelError, Structure, Trial


def structure_of(path: Path, limits: Limits) -> Structure:
    """What the file says."""
    try:
        return run(Structure, limits, "structure", str(path.absolute()))
    except ConfinedError as error:
        raise ModelError(f"cannot read the model: {error}") from None


def inspect(path: Path, limits: Limits) -> Inspection:
    """What the file says, and which providers here run it."""
    file, structure = str(path.absolute()), structure_of(path, limits)
    try:
        providers = run(Available, limits, "providers").providers
    except ConfinedError as error:
        raise ModelError(f"cannot read the model: {error}") from None
    return Inspection(str(path), structure, tuple(_trial(one, file, limits) for one in providers))


def _trial(provider: str, file: str, limits: Limits) -> Trial:
    try:
        return run(Trial, limits, "trial", provider, file)
    except ConfinedError as error:
        return Trial(provider, "no", reason=str(error))
