"""Names that were perhaps meant: the one edit-distance helper behind every "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LONGEST = 64
"""Longer names are never compared: nobody can see what they differ in."""

MOST_CANDIDATES = 5_000
"""How many candidates one search looks at, so that a hostile file cannot buy much time with one typo."""


def nearest(name: str, candidates: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """Up to `most` candidates within about a third of `name` in edits, nearest first, equals by alphabet.

    A different case or a swap of neighbours counts as one edit or less.
    """
    if len(name) > LONGEST:
        return ()
    allowed = min(max(1, (len(name) + 1) // 3), len(name) - 1)
    folded = name.casefold()
    found: list[tuple[int, str]] = []
    for candidate in list(dict.fromkeys(candidates))[:MOST_CANDIDATES]:
        if candidate != name and abs(len(candidate) - len(name)) <= allowed:
            distance = _distance(folded, candidate.casefold(), allowed)
            if distance <= allowed:
                found.append((distance, candidate))
    return tuple(candidate for _, candidate in sorted(found)[:most])


def _distance(left: str, right: str, limit: int) -> int:
    """Edits (insertion, removal, replacement, swap of neighbours) between the two; above `limit` any such number."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        following = [i]
        for j, b in enumerate(right, 1):
            cost = min(row[j] + 1, following[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        if min(following) > limit and min(row) >= limit:  # a swap reaches two rows back
            return limit + 1
        before, row = row, following
    return row[-1]


def suggestion(name: str, candidates: Iterable[str]) -> str | None:
    """A hint that offers the nearest candidates, None if nothing is near."""
    return did_you_mean(nearest(name, candidates))


def did_you_mean(names: Sequence[str]) -> str | None:
    """The hint that offers these names, None if there are none."""
    if not names:
        return None
    *others, last = (f"`{name}`" for name in names)
    return "did you mean " + (", ".join(others) + " or " if others else "") + last + "?"
