"""The signed part that was accepted last, kept by itself: a journal may be damaged and begun anew, and plans of old
are refused all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError

from placelang_runtime.base import LARGEST, Digest, Document, Moment
from placelang_runtime.files import write_whole
from placelang_runtime.trust.envelope import Believed, Last
from placelang_runtime.trust.keys import BadKeyError

FILE: Final = "last.json"
_MOST_BYTES: Final = 4096


class _Kept(Document):
    sequence: Annotated[int, Field(ge=1, le=LARGEST)]
    digest: Digest
    issued: Moment


def read_last(folder: Path) -> Last | None:
    """What was accepted last, None where nothing that was signed ever was. Raises OSError, and `BadKeyError` where that
    cannot be read: else what is older would be accepted."""
    try:
        with (folder / FILE).open("rb") as file:
            kept = _Kept.model_validate_json(file.read(_MOST_BYTES))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        message = "is damaged: remove it to accept the next signed plan, however old that is"
        raise BadKeyError(f"{folder / FILE} {message}") from error
    return Last(kept.sequence, kept.digest, kept.issued)


def keep_last(folder: Path, believed: Believed) -> None:
    """Keep what is about to be accepted, if somebody signed it. Raises OSError."""
    if believed.sequence is not None and believed.issued is not None:
        kept = _Kept(sequence=believed.sequence, digest=believed.digest, issued=believed.issued)
        write_whole(folder / FILE, kept.model_dump_json().encode() + b"\n", mode=0o600)
