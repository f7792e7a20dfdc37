"""Results of tests as people read them, a piece at a time: files, what came of each test, what failed and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import TextWrapper
from typing import TYPE_CHECKING

from placelang.cli.prose import Block, line, printed
from placelang.cli.terminal import colourful, width
from placelang.testing.report import Line, failure_lines, place, tally

if TYPE_CHECKING:
    from placelang.diagnostics import Source
    from placelang.testing.result import Result


def file_text(path: str) -> str:
    """The heading of a file's tests."""
    return _text([line(path)])


def outcome_text(result: Result) -> str:
    """Whether a test passed."""
    word, style = ("ok    ", "green") if result.passed else ("FAILED", "red")
    return _text([line(f"{word}  {result.test.title}", indent=2, style=style)])


def failures_text(results: Sequence[Result], sources: Mapping[str, Source]) -> str:
    """All failures, and the tally."""
    return _text(_failures(results, sources))


def _failures(results: Sequence[Result], sources: Mapping[str, Source]) -> Iterator[Block]:
    for result in results:
        if not result.passed:
            yield line()
            yield line(f"FAILED  {result.test.title}", style="bold", after=place(result, sources))
            for text in failure_lines(result, sources):
                yield from _wrapped(text)
    yield line()
    yield line(tally(results), style="bold")


def _wrapped(text: Line) -> list[str]:
    below = " " * len(text.lead)
    lines = TextWrapper(width(), initial_indent=text.lead, subsequent_indent=below, break_on_hyphens=False)
    return lines.wrap(text.text)


def _text(blocks: Iterable[Block]) -> str:
    return printed(blocks, width=width(), colour=colourful(sys.stdout))
