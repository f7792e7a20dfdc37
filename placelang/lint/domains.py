"""What a term can still be: a range of an ordered type, or a set of texts or truths.

Everything is by ordering keys (`key_of`), so that versions compare as versions. A domain holds at least all values that
are possible: that it is empty is certain, that it is not empty is not.
"""

from __future__ import annotations

import math
from typing import Any

from placelang.frozen import dataclass
from placelang.types import Value, Version

Key = Any
"""What values of one type are compared by: numbers, texts, truths, or the keys of versions."""


def key_of(value: Value) -> Key:
    """The key of a value that is no list."""
    return value.key if isinstance(value, Version) else value


@dataclass(frozen=True, slots=True)
class Domain:
    """From `low` to `high`, each end included unless `above` or `below`; of these, those in `among` if it is given, and
    never those in `without`. `whole`: whole numbers only."""

    low: Key = None
    high: Key = None
    above: bool = False
    below: bool = False
    among: frozenset[Key] | None = None
    without: frozenset[Key] = frozenset()
    whole: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        if self.among is not None:
            return not self.among
        if self.low is None or self.high is None:
            return False
        if self.low == self.high:
            return self.above or self.below or self.low in self.without
        return bool(self.low > self.high)

    def holds(self, key: Key) -> bool:
        """Whether the value of that key is possible."""
        return (
            key not in self.without
            and (self.among is None or key in self.among)
            and (self.low is None or key > self.low or (key == self.low and not self.above))
            and (self.high is None or key < self.high or (key == self.high and not self.below))
        )

    def only(self, keys: frozenset[Key]) -> Domain:
        """What is among these keys."""
        among = frozenset([key for key in keys if self.holds(key)])
        return Domain(self.low, self.high, self.above, self.below, among, self.without, self.whole)

    def never(self, keys: frozenset[Key]) -> Domain:
        """What is not among these keys."""
        among = None if self.among is None else self.among - keys
        without = self.without | keys
        return Domain(self.low, self.high, self.above, self.below, among, without, self.whole)

    def compared(self, operator: str, key: Key) -> Domain:
        """What is `operator key`, one of `== != < <= > >=`."""
        if operator == "==":
            return self.only(frozenset((key,)))
        if operator == "!=":
            return self.never(frozenset((key,)))
        low, above, high, below = self.low, self.above, self.high, self.below
        if operator in ("<", "<="):
            if high is None or (key, operator == "<=") < (high, not below):
                high, below = key, operator == "<"
        elif low is None or (key, operator == ">") > (low, above):
            low, above = key, operator == ">"
        return Domain(low, high, above, below, self.among, self.without, self.whole).settled()

    def joined(self, other: Domain) -> Domain:
        """A domain that holds all that either holds."""
        if self.among is not None and other.among is not None:
            return Domain(among=self.among | other.among, whole=self.whole)
        if self.among is not None or other.among is not None:
            return Domain(whole=self.whole)
        low, above = _outer(self.low, self.above, other.low, other.above, lower=True)
        high, below = _outer(self.high, self.below, other.high, other.below, lower=False)
        return Domain(low, high, above, below, without=self.without & other.without, whole=self.whole)

    def settled(self) -> Domain:
        """The same values, ends of whole numbers moved to the next one, and a set cut to the range."""
        if self.among is not None:
            return self.only(self.among)
        if not self.whole:
            return self
        low, high = self.low, self.high
        if isinstance(low, float):
            low = math.floor(low) + 1.0 if self.above else float(math.ceil(low))
        if isinstance(high, float):
            high = math.ceil(high) - 1.0 if self.below else float(math.floor(high))
        return Domain(low, high, without=self.without, whole=True)


def _outer(one: Key, one_open: bool, other: Key, other_open: bool, *, lower: bool) -> tuple[Key, bool]:
    """The end that takes in both; none where one of them has none."""
    if one is None or other is None:
        return None, False
    if one == other:
        return one, one_open and other_open
    return (one, one_open) if (one < other) == lower else (other, other_open)
