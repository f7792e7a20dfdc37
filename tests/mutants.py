"""Single mistakes in placement files that are right: what a person's slip of the pen makes of them.

Enters: the text of a file. Leaves: mutants, each with one mistake on one line, in an order that only a seed
decides. A mutant knows what a good diagnostic of it says: on which line it stands, and which word it offers for one
that is misspelt. The tokens are read here by a pattern of their own, so that no mistake of the real lexer can
hide itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
      | (?P<time>\d+:\d\d|\d{4}-\d\d-\d\d)
      | (?P<quantity>\d+(?:\.\d+)?(?:[A-Za-z]+|%)?)
      | (?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)
      | (?P<sign>\?\?|\.\.|==|!=|<=|>=|[^\s\w])""",
    re.VERBOSE,
)
_INTERPOLATION = re.compile(r"(?<!\$)\$\{([\w.-]+)\}")
_NUMBER = re.compile(r"[\d.]+")
_SIGNS = ("==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "??", "..", "=")
_INFIX = frozenset((*_SIGNS, "in", "and", "or", "as", "than", "per", "to", "over", "from"))
_UNITS = (
    "B",
    "kB",
    "MB",
    "GB",
    "KiB",
    "MiB",
    "GiB",
    "kbps",
    "Mbps",
    "Gbps",
    "ms",
    "s",
    "min",
    "h",
    "d",
    "mW",
    "W",
    "GHz",
    "%",
)
_BROKEN_UNITS = (
    "Gi",
    "Mi",
    "gb",
    "gib",
    "mb",
    "Kb",
    "sec",
    "mins",
    "hrs",
    "hours",
    "Mbit",
    "MB/s",
    "kbit/s",
    "GHZ",
    "watts",
)
_WRONG_TYPES = {
    "string": ("7", "2GiB", "true", "[1, 2]"),
    "quantity": ('"many"', "true", '["a"]', '"2GiB"'),
    "word": ('"word"', "12", "3ms"),
}
_NEIGHBOURS = {a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in pairwise(row)}
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Mutant:
    """`text` is that of the file with a mistake on `line`; `header` is the line of the block that lost its closing
    brace. `meant` is the word, between dots, that was misspelt."""

    kind: str
    what: str
    line: int
    text: str
    header: int | None = None
    meant: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class _File:
    """A text and its tokens; `partner` leads from each closing brace to its opening one."""

    text: str
    tokens: tuple[_Token, ...]
    partner: dict[int, int]

    def mutant(self, kind: str, at: tuple[int, int], new: str, line: int, **more: object) -> Mutant:
        start, end = at
        what = f"{self.text[start:end]!r} -> {new!r}"
        return Mutant(kind, what, line, self.text[:start] + new + self.text[end:], **more)  # type: ignore[arg-type]


_Mutate = Callable[[_File, int, random.Random], Mutant | None]


def mutants(text: str, seed: int) -> Iterator[Mutant]:
    """The mutants of a file, the kinds of mistakes in turn, as far as each goes."""
    file = _read(text)
    rows = []
    for mutate in _MISTAKES:
        chance = random.Random(f"{mutate.__name__} {seed}")
        places = list(range(len(file.tokens)))
        chance.shuffle(places)
        rows.append(_made(mutate, file, places, chance))
    for turn in zip_longest(*rows):
        yield from filter(None, turn)


def _made(mutate: _Mutate, file: _File, places: Sequence[int], chance: random.Random) -> Iterator[Mutant]:
    for place in places:
        mutant = mutate(file, place, chance)
        if mutant is not None and mutant.text != file.text:
            yield mutant


def _read(text: str) -> _File:
    tokens = [
        _Token(str(m.lastgroup), m[0], m.start(), m.end(), text.count("\n", 0, m.start()) + 1)
        for m in _TOKEN.finditer(text)
        if m.lastgroup != "comment"
    ]
    opened: list[int] = []
    partner: dict[int, int] = {}
    for i, token in enumerate(tokens):
        if token.text == "{":
            opened.append(i)
        elif token.text == "}":
            partner[i] = opened.pop()
    return _File(text, tuple(tokens), partner)


# --- the mistakes --------------------------------------------------------------------------------------------------


def _delete(file: _File, at: int, _chance: random.Random) -> Mutant | None:
    token = file.tokens[at]
    if token.text in "{}":
        return None
    return file.mutant("token deleted", (token.start, token.end), "", token.line)


def _double(file: _File, at: int, _chance: random.Random) -> Mutant | None:
    token = file.tokens[at]
    if token.text in "{}":
        return None
    return file.mutant("token doubled", (token.start, token.end), f"{token.text} {token.text}", token.line)


def _misspell(file: _File, at: int, chance: random.Random) -> Mutant | None:
    token = file.tokens[at]
    places = (
        [(m.start(1) + token.start, m[1]) for m in _INTERPOLATION.finditer(token.text)]
        if token.kind == "string" and token.text[0] == '"'
        else [(token.start, token.text)]
        if token.kind == "name"
        else []
    )
    if not places:
        return None
    start, word = chance.choice(places)
    parts = [(m.start(), m[0]) for m in re.finditer(r"[A-Za-z]+", word) if len(m[0]) >= _SHORTEST]
    if not parts:
        return None
    inner, part = chance.choice(parts)
    new = word[:inner] + _slip(part, chance) + word[inner + len(part) :]
    meant = next(
        piece for piece, other in zip(word.split("."), new.split("."), strict=True) if piece != other
    )
    return file.mutant("name misspelt", (start, start + len(word)), new, token.line, meant=meant)


def _slip(word: str, chance: random.Random) -> str:
    """The word with one letter left out, doubled, swapped with its neighbour or hit beside."""
    i = chance.randrange(len(word))
    j = chance.randrange(len(word) - 1)
    slips = (
        word[:i] + word[i + 1 :],
        word[:i] + word[i] + word[i:],
        word[:j] + word[j + 1] + word[j] + word[j + 2 :],
        word[:i] + _NEIGHBOURS.get(word[i], "e") + word[i + 1 :],
    )
    return chance.choice([slip for slip in slips if slip != word])


def _wrong_unit(file: _File, at: int, chance: random.Random) -> Mutant | None:
    token = file.tokens[at]
    if token.kind != "quantity":
        return None
    number = _NUMBER.match(token.text)
    new = (number[0] if number else "") + chance.choice([*_UNITS, *_BROKEN_UNITS])
    return file.mutant("wrong unit", (token.start, token.end), new, token.line)


def _wrong_type(file: _File, at: int, chance: random.Random) -> Mutant | None:
    token = file.tokens[at]
    values = _WRONG_TYPES.get("word" if token.kind == "name" else token.kind)
    if values is None or (token.kind == "name" and (at == 0 or file.tokens[at - 1].line != token.line)):
        return None
    return file.mutant("wrong type", (token.start, token.end), chance.choice(values), token.line)


def _swap(file: _File, at: int, _chance: random.Random) -> Mutant | None:
    if file.tokens[at].text not in _INFIX or not 0 < at < len(file.tokens) - 1:
        return None
    left, right = _operand(file, at - 1, -1), _operand(file, at + 1, 1)
    if left is None or right is None:
        return None
    text = file.text
    start, end = left[0], right[1]
    new = text[right[0] : right[1]] + text[left[1] : right[0]] + text[left[0] : left[1]]
    line = file.tokens[at].line
    return None if "\n" in text[start:end] else file.mutant("operands swapped", (start, end), new, line)


def _operand(file: _File, at: int, step: int) -> tuple[int, int] | None:
    """Where the operand begins and ends of which the token is the nearest: one token, or a list or call whole."""
    token = file.tokens[at]
    if token.kind in ("string", "quantity", "name"):
        return token.start, token.end
    pairs = {")": "(", "]": "["} if step < 0 else {"(": ")", "[": "]"}
    if token.text not in pairs:
        return None
    depth = 0
    while 0 <= at < len(file.tokens):
        depth += (file.tokens[at].text in pairs) - (file.tokens[at].text in pairs.values())
        if depth == 0:
            last = file.tokens[at]
            return min(token.start, last.start), max(token.end, last.end)
        at += step
    return None


def _lose_brace(file: _File, at: int, _chance: random.Random) -> Mutant | None:
    token = file.tokens[at]
    if token.text not in "{}":
        return None
    opening = file.partner.get(at)
    header = None if opening is None else file.tokens[opening].line
    return file.mutant("brace lost", (token.start, token.end), "", token.line, header=header)


_MISTAKES: tuple[_Mutate, ...] = (_delete, _double, _misspell, _wrong_unit, _wrong_type, _swap, _lose_brace)
