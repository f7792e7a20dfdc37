"""Offsets and positions mean the same character on both sides, whatever is in a text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol.types import Position

from placelang.diagnostics import Span
from placelang.lsp.positions import Lines

ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])
TEXTS = st.text(st.sampled_from("ab \n\r\u00e9\u2028\x0b\U0001f600"), max_size=40)


@settings(derandomize=True)
@given(text=TEXTS, encoding=ENCODINGS)
def test_every_offset_survives_the_way_there_and_back(text: str, encoding: str) -> None:
    lines = Lines.of(text, encoding)
    for offset in range(len(text) + 1):
        if text[max(offset - 1, 0) : offset + 1] != "\r\n":  # between the two there is no position
            assert lines.offset(lines.position(offset)) == offset


@settings(derandomize=True)
@given(text=TEXTS, encoding=ENCODINGS, line=st.integers(0, 60), column=st.integers(0, 60))
def test_any_position_is_somewhere_in_the_text(text: str, encoding: str, line: int, column: int) -> None:
    assert 0 <= Lines.of(text, encoding).offset(Position(line, column)) <= len(text)


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 5), ("utf-16", 3), ("utf-32", 2)])
def test_columns_count_the_units_of_the_encoding(encoding: str, column: int) -> None:
    lines = Lines.of("x\na\U0001f600b", encoding)
    assert lines.position(4) == Position(1, column)
    assert lines.range(Span("", 3, 4)).end == Position(1, column)
    assert lines.units(2, 4) == column


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_ends_of_lines_of_the_protocol_count_and_no_others(newline: str) -> None:
    lines = Lines.of(f"a\u2028\x0bb{newline}c", "utf-16")
    assert lines.position(lines.text.index("c")) == Position(1, 0)


def test_a_column_beyond_its_line_is_the_end_of_that_line() -> None:
    assert Lines.of("ab\r\ncd", "utf-16").offset(Position(0, 99)) == 2


def test_half_of_a_character_counts_as_its_beginning() -> None:
    assert Lines.of("\U0001f600x", "utf-16").offset(Position(0, 1)) == 0


def test_half_of_a_surrogate_pair_is_a_character_like_any_other() -> None:
    assert Lines.of("\ud800x", "utf-8").position(1) == Position(0, 3)
