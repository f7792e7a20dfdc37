"""What a task asks of engines while it is done: it yields requests, and is sent the answers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Do:
    """Change something on a host."""

    host: str
    kind: str
    of: str
    act: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ask:
    """Look at something on a host."""

    host: str
    act: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Rest:
    seconds: float


Request = Do | Ask | Rest
Doing = Generator[Request, Any, None]
