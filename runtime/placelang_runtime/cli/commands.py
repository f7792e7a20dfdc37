"""The commands of a host, one line each: `placelang` and `placelang-agent` have the same."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Final

from placelang_runtime.cli.exits import Exit

COMMANDS: Final[tuple[tuple[str, ModuleType, Callable[..., Exit]], ...]] = ()
