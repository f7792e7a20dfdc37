"""What the parser does at a token that fits nowhere: mend what was certainly meant, or leave out the clause.

Each clause is reported once at most. Everything before the clause and after it is kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.nearest import did_you_mean, nearest
from placelang.parse.layout import ERROR, NL
from placelang.parse.messages import belongs, explain, explain_misspelt
from placelang.parse.misspelt import LONGEST, misspelt
from placelang.parse.place import Place, replayed
from placelang.parse.slips import SLIPS
from placelang.parse.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from placelang.parse.driver import Stack
    from placelang.parse.faults import Faults
    from placelang.parse.tokens import Tokens
    from placelang_grammar import Table

_BOUNDARIES = frozenset((NL, "LBRACE", "RBRACE"))
_STEP = {"LBRACE": 1, "RBRACE": -1}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*")


def recovery(table: Table, faults: Faults) -> Callable[[Stack, Tokens, int], int]:
    """The `recover` of `drive` for one file."""

    def recover(stack: Stack, tokens: Tokens, index: int) -> int:
        first = index
        while first and tokens.kinds[first - 1] not in _BOUNDARIES:
            first -= 1
        last = _end(tokens, index)
        place = Place(table, faults, tokens, first, index, _states(table, stack, tokens, first, index))
        for mend in _MENDS if _is_news(place) else ():
            resumed = mend(place)
            if resumed is not None:
                if resumed == first < index:
                    _rewind(table, stack)
                return resumed
        if _is_news(place):
            explain(place)
        if brace := _block(place):
            return brace
        if first and tokens.kinds[first - 1] == "RBRACE" and stack.values[-1] is None:
            return last  # the block that was just closed is healthy: only what follows it on its line is left out
        _rewind(table, stack)
        tokens.kinds[last - 1] = ERROR
        return last - 1

    return recover


def _rewind(table: Table, stack: Stack) -> None:
    """Forget what was read of the clause."""
    while ERROR not in table.actions[stack.states[-1]]:
        stack.cut(len(stack.values) - 1)


def _states(table: Table, stack: Stack, tokens: Tokens, first: int, index: int) -> tuple[int, ...]:
    """The states before the token at `index`."""
    if first and tokens.kinds[first - 1] == "RBRACE":
        return tuple(stack.states)
    return replayed(table, stack.states, tokens.kinds[first:index])


def _end(tokens: Tokens, index: int) -> int:
    """The index of the _NL that ends the clause around `index`."""
    depth = 0
    while depth or tokens.kinds[index] != NL:
        depth += _STEP.get(tokens.kinds[index], 0)
        index += 1
    return index


def _clause_word(place: Place) -> int | None:
    """An unknown word where a clause begins: if it is near to just one that may stand here, go on with that."""
    if not place.begins_clause or not place.is_word or belongs(place):
        return None
    near = _near_clauses(place)
    message = f"there is no clause {quoted(place.text)} {place.block}"
    fix = near[0] if len(near) == 1 else None
    place.add(message, code=Code.UNKNOWN_CLAUSE, hint=did_you_mean(near), fix=fix)
    if len(near) == 1:
        place.tokens.kinds[place.index] = place.table.words[near[0]]
        return place.index
    return None


def _near_clauses(place: Place) -> tuple[str, ...]:
    texts = {terminal: text for text, terminal in place.table.words.items()}
    return nearest(place.text, sorted(texts[starter] for starter in place.starters))


def _comma(place: Place) -> int | None:
    """A line, further right, that goes on with the list of the line before, which does not end with a comma: the line
    is left out."""
    tokens, first = place.tokens, place.first
    if place.index != first or first < 2 or tokens.kinds[first - 1] != NL or not place.begins_clause:  # noqa: PLR2004
        return None
    before = first - 1
    while before and tokens.kinds[before - 1] not in _BOUNDARIES:
        before -= 1
    last = _end(tokens, first)
    if last - before > LONGEST or place.column(first) <= place.column(before):
        return None
    joined = (*tokens.kinds[before : first - 1], "COMMA", *tokens.kinds[first : last + 1])
    if not place.reads(*joined) or _near_clauses(place):
        return None
    start, end = tokens.starts[first - 2], tokens.ends[first - 2]
    label = tokens.starts[first], tokens.ends[first], "the list goes on here"
    place.faults.add(
        (start, end),
        "a comma is missing after this",
        hint="end the line with `,`",
        labels=(label,),
        fix=f"{place.text_at(first - 2)},",
    )
    tokens.kinds[last - 1] = ERROR
    return last - 1


def _newline(place: Place) -> int | None:
    """A clause that begins on the line of the one before it."""
    if place.begins_clause or not place.is_word or not place.accepts(NL, place.kind):
        return None
    before = place.index - 1
    hint = "write it on a line of its own, or after `;`"
    place.add(f"{quoted(place.text)} begins a new clause", hint=hint, fix=f"\n{place.indent}{place.text}")
    place.tokens.kinds[before] = NL
    place.tokens.starts[before] = place.tokens.ends[before]
    return before


def _equals(place: Place) -> int | None:
    """One equals sign in a comparison."""
    if place.kind != "EQUAL" or not place.accepts("EQ"):
        return None
    place.add("`=` does not compare", hint="write `==`", fix="==")
    place.tokens.kinds[place.index] = "EQ"
    return place.index


def _quoted_name(place: Place) -> int | None:
    """A name in quotes."""
    inner = place.text[1:-1]
    if place.kind not in ("STRING", "RAW") or not place.accepts("NAME") or not _NAME.fullmatch(inner):
        return None
    place.add("a name stands here, not a string", hint=f"write `{inner}`, without quotes", fix=inner)
    place.tokens.kinds[place.index] = "NAME"
    place.tokens.starts[place.index] += 1
    place.tokens.ends[place.index] -= 1
    return place.index


def _word(place: Place) -> int | None:
    """A misspelt word of the grammar in the clause: if there is just one that was meant, read the clause with that."""
    found = misspelt(place)
    if found is None:
        return None
    index, meant = found
    if index < place.index:
        explain_misspelt(place, index, meant)
    else:
        explain(place)
    if len(meant) > 1:
        return None
    place.tokens.kinds[index] = place.table.words[meant[0]]
    return index if index == place.index else place.first


def _block(place: Place) -> int | None:
    """The brace after something superfluous in a block's header: the block itself is healthy."""
    index = place.index
    while place.kind_at(index) not in _BOUNDARIES:
        index += 1
    header_ends = index > place.index and place.kind_at(index) == "LBRACE" and place.accepts("LBRACE")
    return index if header_ends else None


def _is_news(place: Place) -> bool:
    """Whether the clause, or the header of the block, has no message yet, and the file has room for one."""
    last = place.index
    while place.kind_at(last) not in _BOUNDARIES:
        last += 1
    start, end = place.tokens.starts[place.first], place.tokens.ends[max(last - 1, place.first)]
    return not (place.faults.full or place.kind in SLIPS or place.faults.within(start, end + 1))


_MENDS = (_comma, _clause_word, _newline, _equals, _quoted_name, _word)
