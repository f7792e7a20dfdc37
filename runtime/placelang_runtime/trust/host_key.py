"""The key of a host: made by itself when it first needs one, and never anywhere else. Who the host is to others is who
holds it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from placelang_runtime.trust.keys import BadKeyError, PrivateKey, new_private, read_private

FILE: Final = "host.key"


def host_key(state: Path) -> PrivateKey:
    """The key in a state folder. Raises BadKeyError or OSError."""
    path = state / FILE
    with suppress(FileNotFoundError):
        return read_private(path)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return new_private(path)
    except BadKeyError:  # somebody else was quicker
        return read_private(path)
