"""What looking at one thing leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class NotFoundOutError(Exception):
    """Something that could not be found out: why, in words."""


@dataclass(frozen=True, slots=True)
class Found:
    """Facts and labels by name, whole lists of GPUs or devices, and what stayed `unknown` with the reason."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)
