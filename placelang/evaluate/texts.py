"""Membership, patterns and interpolation: each distinct value, or pair of values, is looked at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import re2

from placelang.columns import Codes, Column, Mask, Numbers, Texts, Truth
from placelang.evaluate.kleene import decided
from placelang.types import Type, Value, spell

LONGEST = 65_536
"""A text that interpolation makes longer than this is unknown: derived texts may double each other."""


def matches(operand: Texts, pattern: str) -> Truth:
    """Where `pattern` occurs in the text."""
    expression = re2.compile(pattern)
    found = [expression.search(word) is not None for word in operand.vocabulary]
    return Truth(np.array([*found, False], dtype=np.bool_)[operand.codes], ~operand.known)


def membership(item: Column, collection: Texts) -> Truth:
    """Where the item is in the list. Nothing is in an empty list, not even what is unknown."""
    items, ranges = _coded(item)
    lists = [frozenset(words) if isinstance(words, tuple) else frozenset() for words in collection.vocabulary]
    empty = np.array([*(not words for words in lists), False], dtype=np.bool_)[collection.codes]
    both = (items >= 0) & collection.known
    pairs, inverse = np.unique(
        items[both].astype(np.int64) * len(lists) + collection.codes[both], return_inverse=True
    )
    answers = [_holds(lists[pair % len(lists)], *ranges[pair // len(lists)]) for pair in pairs.tolist()]
    true, false = np.zeros(len(items), dtype=np.bool_), empty.copy()
    true[both] = np.array([answer is True for answer in answers], dtype=np.bool_)[inverse]
    false[both] |= np.array([answer is False for answer in answers], dtype=np.bool_)[inverse]
    return decided(true, false)


def _coded(column: Column) -> tuple[Codes, Sequence[tuple[Value, Value]]]:
    """Codes of the column's values, -1 for unknown, and for each code the range that it stands for."""
    match column:
        case Texts(codes, vocabulary):
            return codes, [(word, word) for word in vocabulary]
        case Truth(true, unknown):
            return np.where(unknown, -1, true).astype(np.int32), [(False, False), (True, True)]
        case Numbers(low, high):
            ends, inverse = np.unique(np.stack([low, high], axis=1), axis=0, return_inverse=True)
            return inverse.astype(np.int32).reshape(-1), [(low, high) for low, high in ends.tolist()]


def _holds(words: frozenset[Value], low: Value, high: Value) -> bool | None:
    if low == high:
        return low in words
    if not (isinstance(low, float) and isinstance(high, float)):
        raise TypeError(low, high)
    return None if any(isinstance(word, float) and low <= word <= high for word in words) else False


def interpolation(operands: Sequence[tuple[Column, Type]]) -> Texts:
    """The texts of all operands, one after the other; unknown where one is."""
    coded = [_coded(column) for column, _ in operands]
    known: Mask = np.logical_and.reduce([column.known for column, _ in operands])
    rows, inverse = np.unique(
        np.stack([codes[known] for codes, _ in coded], axis=1), axis=0, return_inverse=True
    )
    texts = [
        "".join(
            [
                spell(ranges[code][0], kind)
                for code, (_, ranges), (_, kind) in zip(row, coded, operands, strict=True)
            ]
        )
        for row in rows.tolist()
    ]
    codes = np.full(len(known), -1, dtype=np.int32)
    codes[known] = np.array(
        [-1 if len(text) > LONGEST else at for at, text in enumerate(texts)], dtype=np.int32
    )[inverse.reshape(-1)]
    return Texts(codes, tuple(texts))
