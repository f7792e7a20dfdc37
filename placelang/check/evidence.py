"""Which of two near names is the misspelt one: the one that is declared, or the one that is used and declared nowhere.

How often each stands in the texts decides, comments and strings included: what an author has written twice was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from placelang.diagnostics import Source, Span
from placelang.syntax import Name


@dataclass(frozen=True, slots=True)
class Slip:
    """A name declared at `span` as `word`, which stands nowhere else, while others call it `used`: `often`, or once."""

    span: Span
    word: str
    used: str
    often: bool


@dataclass(slots=True)
class Evidence:
    """The texts of a fleet, and where each name is declared."""

    sources: tuple[Source, ...] = ()
    _declared: dict[str, Span] = field(default_factory=dict)

    def declare(self, name: Name) -> None:
        """Note where a name is declared; that of a fact also without its noun."""
        path, _, end = name.span
        self._declared.setdefault(name.text, name.span)
        _, dot, rest = name.text.partition(".")
        if dot:
            self._declared.setdefault(rest, Span(path, end - len(rest), end))

    def slip(self, unknown: str, near: str) -> Slip | None:
        """The slip in the declaration of `near`, if that is named nowhere else."""
        used, word = _difference(unknown.split("."), near.split("."))
        span = self._declared.get(word)
        if span is None or self._stands(word, 2):
            return None
        return Slip(span, word, used, often=self._stands(used, 2))

    def _stands(self, word: str, times: int) -> bool:
        """Whether a word stands so often in all texts together."""
        found: Iterable[object] = (
            found
            for source in self.sources
            for found in re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", source.text)
        )
        return sum(1 for _, _ in zip(range(times), found, strict=False)) == times


def _difference(unknown: list[str], near: list[str]) -> tuple[str, str]:
    """Two dotted names without the words that they share in front and at the end."""
    near = near[-len(unknown) :]
    while len(near) > 1 and len(unknown) > 1 and near[0] == unknown[0]:
        near, unknown = near[1:], unknown[1:]
    while len(near) > 1 and len(unknown) > 1 and near[-1] == unknown[-1]:
        near, unknown = near[:-1], unknown[:-1]
    return ".".join(unknown), ".".join(near)
