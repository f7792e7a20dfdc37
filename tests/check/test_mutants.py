"""Single mistakes in files that are right are told at their lines, and misspelt words by what was meant."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.verdicts import FILES, Judge, Verdict, chosen

MUTANTS = 500
SEED = 1


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.fixture(scope="module")
def wrong(judge: Judge) -> list[Verdict]:
    """What is said of mutants; those that mean something else, which is right too, are no mistakes."""
    verdicts = [judge.verdict(path, mutant) for path, mutant in islice(chosen(SEED), MUTANTS)]
    return [verdict for verdict in verdicts if not verdict.valid]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_there_is_nothing_to_say_of_the_files_themselves(path: Path, judge: Judge) -> None:
    assert judge.said(path, path.read_text("utf-8"))[0] == []


def test_no_mistake_raises(wrong: list[Verdict]) -> None:
    assert [verdict.raised for verdict in wrong if verdict.raised] == []


def test_nearly_all_mistakes_are_told_first_on_their_lines(wrong: list[Verdict]) -> None:
    assert sum(verdict.told for verdict in wrong) >= 0.95 * len(wrong) > 400


def test_nearly_all_misspellings_are_answered_with_the_right_word(judge: Judge) -> None:
    """All names of all files, each misspelt once: what stays unsaid is which of two names that stand once each is the
    misspelt one."""
    verdicts = [judge.verdict(path, mutant) for path, mutant in chosen(SEED) if mutant.meant]
    named = [verdict.named for verdict in verdicts if not verdict.valid]
    assert named.count(True) >= 0.98 * len(named) > 1_000
