"""Which of two near names is the misspelt one: the one that is declared, or the one that is used and declared nowhere.

How often each stands in the texts decides, comments and strings included: what an author has written twice was meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from placelang.diagnostics import Source, Span
from placelang.syntax import Name


@dataclass(frozen=True, slots=True)
class Slip:
    """A name declared at `span` as `word`, which stands nowhere else, while another place has `used`; `often`: that, or
    the part of it that differs, stands elsewhere too."""

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
        used, word = _difference(unknown, near, ".")
        span = self._declared.get(word)
        if span is None or self._stands(word, r"\w-"):
            return None
        part, wrong = _difference(used, word, "-")
        often = self._stands(used, r"\w-") or (self._stands(part, r"\w") and not self._stands(wrong, r"\w"))
        return Slip(span, word, used, often)

    def _stands(self, word: str, inside: str) -> bool:
        """Whether a word stands twice in all texts together, without any character that may stand `inside` words next
        to it."""
        pattern = re.compile(rf"(?<![{inside}]){re.escape(word)}(?![{inside}])")
        found = (found for source in self.sources for found in pattern.finditer(source.text))
        return next(islice(found, 1, None), None) is not None


def _difference(left: str, right: str, joint: str) -> tuple[str, str]:
    """Two names, made of words by a `joint`, without the words that they share in front and at the end."""
    one, other = left.split(joint), right.split(joint)
    other = other[-len(one) :]
    while len(one) > 1 and len(other) > 1 and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while len(one) > 1 and len(other) > 1 and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return joint.join(one), joint.join(other)
