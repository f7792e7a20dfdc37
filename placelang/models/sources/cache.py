"""Files that were fetched, by their digest: nothing is fetched twice, and nothing unverified is in there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

from placelang.models.package.layers import hash_file


def default_folder() -> Path:
    """Where files are kept, if nobody says otherwise."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "placelang" / "models"


@contextmanager
def place_of(cache: Path, digest: str) -> Iterator[Path]:
    """Where the file with this digest is or shall be; whoever else wants it waits meanwhile. Raises OSError."""
    folder = cache / "sha256"
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / digest.removeprefix("sha256:")
    with (folder / f"{place.name}.lock").open("wb") as lock:
        flock(lock, LOCK_EX)
        if place.exists() and hash_file(place) != digest:
            place.unlink()
        yield place
