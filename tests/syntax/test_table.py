from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from placelang_grammar import generation, load
from placelang_grammar.table import GRAMMAR, digest, encode, load_from

if TYPE_CHECKING:
    from pathlib import Path

TEXT = GRAMMAR.read_text(encoding="utf-8")


def test_the_table_in_use_is_that_of_the_grammar() -> None:
    assert load() == generation.generate(TEXT)


def test_a_saved_table_is_read_back_without_the_generator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "saved.table"
    saved.write_text(encode(load(), TEXT), encoding="utf-8")
    monkeypatch.setattr(generation, "generate", lambda _: pytest.fail("the saved table was not used"))
    assert load_from(saved, TEXT) == load()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "[]",
        lambda _: "{}",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace(digest(TEXT), digest(TEXT + " ")),
        lambda text: json.dumps({"digest": json.loads(text)["digest"]}),
    ],
    ids=["empty", "list", "bare", "cut", "other grammar", "digest only"],
)
def test_a_table_that_does_not_fit_is_made_anew(tmp_path: Path, spoil: object) -> None:
    saved = tmp_path / "saved.table"
    saved.write_text(spoil(encode(load(), TEXT)), encoding="utf-8")  # type: ignore[operator]
    assert load_from(saved, TEXT) == load()


def test_one_grammar_gives_the_same_bytes_under_any_hash_seed() -> None:
    program = (
        "from placelang_grammar.table import *; from placelang_grammar.generation import generate\n"
        "text = GRAMMAR.read_text(); print(encode(generate(text), text))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(GRAMMAR.parents[1])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_word_is_taken_from_names_only_where_this_list_says() -> None:
    words = {terminal: text for text, terminal in load().words.items()}
    reserved = {"and", "or", "not", "in", "where", "true", "false"}
    taken = {
        words[kind]
        for row in load().actions
        if "NAME" in row
        for kind, action in row.items()
        if kind in words and action > 0
    }
    days = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
    assert taken - reserved == days | {"daily", "weekdays", "weekends", "day"} | {
        *("gpu", "share", "shared", "device"),  # needs
        *("left", "undecided", "moves", "on"),  # expect
        *("every", "is", "like", "all"),  # link, given, wave
    }
