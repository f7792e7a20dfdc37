"""What came of a test."""

from __future__ import annotations

from dataclasses import dataclass

from placelang.diagnostics import Span
from placelang.expectations import TestSpec


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that does not hold: `expected` and `actual` in a few words each, and the plan's reasons."""

    span: Span
    expected: str
    actual: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A test with the expectations that failed, in order; it passed if there are none."""

    test: TestSpec
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        return not self.failures
