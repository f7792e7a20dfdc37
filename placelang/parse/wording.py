"""How the parts of the grammar are called in messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BLOCKS = {
    "APP": "an app",
    "DEVICE": "a device",
    "HOSTS": "a policy",
    "JOB": "a job",
    "MODEL": "a model",
    "MONITOR": "a monitor",
    "POLICY": "a policy",
    "ROLLOUT": "a rollout",
    "SERVICE": "a service",
    "SERVICES": "a policy",
    "SIDECAR": "a sidecar",
    "SITES": "a policy",
    "TEST": "a test",
    "VARIANT": "a variant",
}

_LONGEST = 40
_MOST = 6
_GROUPS = (
    ("an operator", "EQ NE LT LE GT GE IN MATCHES", "PLUS MINUS TIMES OVER DEFAULT AND OR LPAR DOT"),
    ("an operator", "PLUS MINUS TIMES OVER DEFAULT AND OR", "LPAR DOT"),
    ("an expression", "NAME QUANTITY STRING LPAR LSQB NOT", "RAW TRUE FALSE MINUS"),
    ("an expression", "NAME QUANTITY STRING LPAR LSQB", "RAW TRUE FALSE MINUS"),
    ("a value", "NAME QUANTITY LPAR", "MINUS STRING RAW"),
    ("a string", "NAME STRING LPAR", "RAW"),
    ("a string", "STRING RAW", ""),
    ("a comparison", "EQ NE LT LE GT GE", ""),
    ("a day", "DAILY WEEKDAYS WEEKENDS MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY", "DAY"),
)
"""A name for a set of terminals: those that must all be expected, and those that it covers besides."""
_SINGLE = {
    "NAME": "a name",
    "QUANTITY": "a number",
    "TIME": "a time such as 22:00",
    "DATE": "a date such as 2026-12-20",
    "_NL": "the end of the line",
    "$END": "the end of the file",
}


def quoted(text: str) -> str:
    """A text of the user's own in a message, shortened if long."""
    return f"`{shortened(text)}`"


def apart(word: str, text: str, start: int, end: int) -> str:
    """A word for `text[start:end]`, with space on both sides where there is none; without a word, one space at most."""
    before = "" if start == 0 or text[start - 1].isspace() else " "
    after = "" if text[end : end + 1].isspace() else " "
    return f"{before}{word}{after}" if word else before and after


def shortened(text: str) -> str:
    """The text, or its beginning."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def listed(items: Iterable[str]) -> str:
    """`a, b or c`."""
    *others, last = items
    return f"{', '.join(others)} or {last}" if others else last


def inside(heads: Iterable[str]) -> str:
    """Which blocks begin with these terminals: `in an app or a job`, `at the top level` for none."""
    found = sorted(heads)
    blocks = sorted({_BLOCKS[head] for head in found if head})
    places = [f"in {listed(blocks)}"] if blocks else []
    return listed(places if found and found[0] else [*places, "at the top level"])


def alternatives(kinds: Iterable[str], texts: Mapping[str, str]) -> list[str]:
    """The terminals as people call them, sets of them by one name; a clause's beginning instead of forty words."""
    left = set(kinds)
    names = []
    for name, needed, covered in _GROUPS:
        if left.issuperset(needed.split()):
            left.difference_update(needed.split(), covered.split())
            names.append(name)
    words = sorted(quoted(texts[kind]) for kind in left if kind in texts)
    if len(words) > _MOST:
        words = ["a clause"]
    return [*names, *(name for kind, name in _SINGLE.items() if kind in left and kind != "_NL"), *words] + (
        [_SINGLE["_NL"]] if "_NL" in left else []
    )
