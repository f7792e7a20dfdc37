"""`Pieces`: what hangs together falls into one piece."""

from __future__ import annotations


class Pieces:
    """The numbers below `count`, each a piece of its own until it is joined with another."""

    def __init__(self, count: int) -> None:
        self._root = list(range(count))

    def join(self, one: int, other: int) -> None:
        """Make one piece of those of two numbers."""
        low, high = sorted((self.of(one), self.of(other)))
        self._root[high] = low

    def of(self, number: int) -> int:
        """The piece of a number, called by its least member."""
        root = self._root
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    def all(self) -> list[list[int]]:
        """All pieces, each in ascending order, by their least members."""
        found: dict[int, list[int]] = {}
        for number in range(len(self._root)):
            found.setdefault(self.of(number), []).append(number)
        return list(found.values())
