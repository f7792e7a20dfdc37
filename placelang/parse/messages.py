"""What to say of a token that fits nowhere.

`explain` asks each of `_EXPLANATIONS` in turn; the last one always has an answer: what may stand there instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from placelang.codes import Code
from placelang.nearest import did_you_mean, nearest
from placelang.parse.layout import NL
from placelang.parse.place import RESERVED, Place
from placelang.parse.wording import alternatives, inside, listed, quoted, shortened
from placelang.types import UNITS

_OPERATORS = frozenset(
    ("EQ", "NE", "LT", "LE", "GT", "GE", "MATCHES", "PLUS", "MINUS", "TIMES", "OVER", "DEFAULT", "COMMA")
)
_BARE = frozenset(("NAME", "QUANTITY", "OVER", "DOT"))
_JOINING = frozenset(("OVER", "COLON"))
_TEXTUAL = frozenset(("IMAGE", "FILE", "VERSION", "BASELINE", "VOLUME", "COMMAND", "TAGS", "HEALTH", "USER"))
_TEXT = re.compile(r"[A-Za-z0-9._/:@+-]+")
_COMPARISONS = frozenset(("EQ", "NE", "LT", "LE", "GT", "GE", "IN", "MATCHES"))


def explain(place: Place) -> None:
    """Report why the token does not fit."""
    for explanation in _EXPLANATIONS:
        if explanation(place):
            return
    _otherwise(place)


def belongs(place: Place) -> bool:
    """A clause of another block."""
    heads = [head for head, starters in place.table.blocks.items() if place.kind in starters]
    if not heads:
        return False
    message = f"{quoted(place.text)} belongs {inside(heads)}, not {place.block}"
    place.add(message, code=Code.UNKNOWN_CLAUSE)
    return True


def _brace(place: Place) -> bool:
    """A block without a header."""
    if place.kind != "LBRACE" or not place.begins_clause:
        return False
    place.add("this `{` has no header", hint="write what it is a block of before it: `service web {`")
    return True


def _reserved(place: Place) -> bool:
    """A reserved word as a name."""
    if place.kind not in RESERVED or not place.accepts("NAME") or place.accepts("QUANTITY"):
        return False
    place.add(f"{quoted(place.text)} is a reserved word, so it cannot be a name")
    return True


def _unit_apart(place: Place) -> bool:
    """A unit that stands apart from its number."""
    before = place.index - 1
    if not (place.is_word and place.text in UNITS and before >= place.first):
        return False
    number = place.text_at(before)
    if place.kind_at(before) != "QUANTITY" or not number[-1].isdigit():
        return False
    meant = f"{number}{place.text}"
    place.add("a unit follows its number without a space", hint=f"write `{meant}`", since=before, fix=meant)
    return True


def _time(place: Place) -> bool:
    """A time or a date elsewhere than in a window."""
    if place.kind not in ("TIME", "DATE"):
        return False
    example = "between 22:00 and 05:00" if place.kind == "TIME" else "except 2026-12-20 to 2027-01-06"
    place.add(
        f"{quoted(place.text)} has no meaning here",
        hint=f"times and dates stand in windows only: `{example}`",
    )
    return True


def _chain(place: Place) -> bool:
    """A comparison of a comparison."""
    if place.kind not in _COMPARISONS or not place.accepts("AND"):
        return False
    place.add("comparisons do not chain", hint="write `a < b and b < c`")
    return True


def _not_in(place: Place) -> bool:
    """`not` between two operands."""
    if place.kind != "NOT" or not place.accepts("IN"):
        return False
    place.add("`not` stands before what it negates", hint="write `not (x in list)`")
    return True


def _operator(place: Place) -> bool:
    """An operator at the beginning of a line, to continue the one before."""
    if place.kind not in _OPERATORS or not place.begins_clause:
        return False
    place.add(
        f"a clause cannot begin with {quoted(place.text)}",
        hint="to go on, end the line before with the operator",
    )
    return True


def _joined(place: Place) -> bool:
    """A comma after a condition: for a list without brackets, or for `and`."""
    if place.kind != "COMMA" or not place.accepts("AND"):
        return False
    if "IN" in place.tokens.kinds[place.first : place.index]:
        place.add("only a list holds several values", hint='write it in brackets: `in ["a", "b"]`')
    else:
        place.add("a comma does not join conditions", hint="write `and`", fix=place.apart("and"))
    return True


def _unquoted(place: Place) -> bool:
    """A path, an image or a version without quotes."""
    before = place.index - 1
    if place.accepts("STRING") and not place.accepts("QUANTITY") and place.kind in _BARE:
        since = place.index
    elif (
        place.kind in _JOINING
        and before > place.first
        and place.touches(before)
        and place.kind_at(place.first) in _TEXTUAL
    ):
        since = before
    else:
        return False
    word = place.word_from(since)
    meant = f'"{word}"'
    fix = meant if _TEXT.fullmatch(word) else None
    until = place.tokens.starts[since] + len(word)
    hint = f"write `{shortened(meant)}`"
    place.add("text stands in quotes", hint=hint, since=since, fix=fix, until=until)
    return True


def _ports(place: Place) -> bool:
    """Two ports with a colon."""
    if place.kind != "TIME" or place.kind_at(place.first) != "PORT":
        return False
    host, _, container = place.text.partition(":")
    hint = f"write `port {shortened(host)} to {shortened(container)}`"
    place.add("two ports are joined by `to`", hint=hint, fix=f"{host} to {container}")
    return True


def _assignment(place: Place) -> bool:
    """An equals sign or a colon after a clause's word."""
    if place.kind not in ("EQUAL", "COLON") or place.index != place.first + 1:
        return False
    word = quoted(place.text_at(place.first))
    message = f"{word} takes its value without {quoted(place.text)}"
    place.add(message, hint="write a space instead", fix=place.apart(""))
    return True


def _demand(place: Place) -> bool:
    """A demand that is to be soft."""
    if place.kind_at(place.first) != "PREFER" or place.kind not in ("NEEDS", "REPLICAS"):
        return False
    hint = "write `replicas 1..3`, a `variant` of a model, or `prefer hosts where …`"
    place.add(f"{quoted(place.text)} is a demand and takes no `prefer`", hint=hint)
    return True


def _filtered_need(place: Place) -> bool:
    """A filter on an amount."""
    if place.kind_at(place.first) != "NEEDS" or place.kind != "WHERE":
        return False
    place.add(
        "only `gpu` and `device` take `where` in `needs`", hint="write `hosts where …` on a line of its own"
    )
    return True


_EXPLANATIONS = (
    _brace,
    _reserved,
    _unit_apart,
    _ports,
    _time,
    _chain,
    _not_in,
    _operator,
    _joined,
    _unquoted,
    _assignment,
    _demand,
    _filtered_need,
)


def _otherwise(place: Place) -> None:
    """What may stand here instead."""
    expected = place.expected
    texts = {terminal: text for text, terminal in (*place.table.words.items(), *place.table.signs.items())}
    near = nearest(place.text, [texts[kind] for kind in expected if kind in texts]) if place.is_word else ()
    message = f"expected {listed(alternatives(expected, texts))}, found {_found(place)}"
    place.add(message, hint=did_you_mean(near), fix=near[0] if len(near) == 1 else None)


def explain_misspelt(place: Place, index: int, meant: Sequence[str]) -> None:
    """Report a word before the token that does not fit: it reads as a name, and one of those `meant` was intended."""
    at = place.tokens.starts[index], place.tokens.ends[index]
    word, follower = quoted(place.text_at(index)), _found(place)
    place.faults.add(
        at,
        f"{word} is read as a name here, which {follower} cannot follow",
        hint=did_you_mean(meant),
        labels=((place.tokens.starts[place.index], place.tokens.ends[place.index], "found here"),),
        fix=meant[0] if len(meant) == 1 else None,
    )


def _found(place: Place) -> str:
    if place.kind == NL and place.text != ";":
        return "the end of the " + ("file" if place.index + 2 >= len(place.tokens.kinds) else "line")
    return quoted(place.text)
