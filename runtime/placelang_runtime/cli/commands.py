"""The commands of a host, one line each: `placelang` and `placelang-agent` have the same."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Final

from placelang_runtime.cli import key, sign
from placelang_runtime.cli.exits import Exit

Commands = tuple[tuple[str, ModuleType, Callable[..., Exit]], ...]

COMMANDS: Final[Commands] = (("sign", sign, sign.sign),)
KEYS: Final[Commands] = (
    ("new", key, key.new),
    ("show", key, key.show),
    ("change", key, key.change),
    ("accept", key, key.accept),
)
KEYS_HELP: Final = "Keys that sign plans, and which of them a host trusts."
