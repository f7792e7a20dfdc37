"""How an inventory is named: by the path of a file, or by the URL of a store, `sqlite:///placelang.db`.

As in other tools, three slashes come before a relative path and four before an absolute one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

PREFIX: Final = "sqlite:///"


def is_store(address: str) -> bool:
    """Whether it is a store's URL."""
    return address.startswith(PREFIX)


def store_path(url: str) -> Path:
    """The file in which a store keeps everything."""
    return Path(url.removeprefix(PREFIX))


def relative_to(folder: Path, address: str) -> str:
    """The address as it is meant in a file in `folder`."""
    return f"{PREFIX}{folder / store_path(address)}" if is_store(address) else str(folder / address)
