"""A word of the grammar with a slip in it, found by what the clause would be without the slip.

A misspelt word is taken for a name, and what does not fit then stands further on. So the words up to that place are
read as those near to them; one with which the clause can be read to its end is what was meant.
"""

from __future__ import annotations

from placelang.nearest import nearest
from placelang.parse.layout import ERROR, NL
from placelang.parse.place import Place, States, reads, taken

_REACH = 8
"""How far before the token that does not fit a word is looked for."""

LONGEST = 100
"""Clauses of more tokens are nobody's: no time is spent on them."""


def misspelt(place: Place) -> tuple[int, tuple[str, ...]] | None:
    """The last word, up to the token that does not fit, that was perhaps misspelt: its index, and what makes a clause
    of its clause."""
    last = place.index
    while place.kind_at(last) not in (NL, "LBRACE"):
        last += 1
    if last - place.first > LONGEST:
        return None
    trail = _trail(place)
    for index in range(place.index, max(place.first, place.index - _REACH), -1):
        states = trail[index - place.first]
        fitting = tuple(
            word
            for word in nearest(place.text_at(index), _words(place, states, index))
            if reads(
                place.table, states, (place.table.words[word], *place.tokens.kinds[index + 1 : last + 1])
            )
        )
        if fitting:
            return index, fitting
    return None


def _trail(place: Place) -> list[States]:
    """The states before each token of the clause, up to that of the place."""
    base = list(place.states)
    while ERROR not in place.table.actions[base[-1]]:
        base.pop()
    trail: list[States] = [tuple(base)]
    for kind in place.tokens.kinds[place.first : place.index]:
        trail.append(taken(place.table, trail[-1], kind) or trail[-1])
    return trail


def _words(place: Place, states: States, index: int) -> list[str]:
    """The words of the grammar that may stand at `index`, if a word stands there."""
    if not place.is_word_at(index):
        return []
    row = place.table.actions[states[-1]]
    return sorted(word for word, kind in place.table.words.items() if kind in row)
