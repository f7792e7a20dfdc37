"""Work that takes a while is seen to go on, on a terminal, and leaves no trace there."""

from __future__ import annotations

import logging
import sys
from io import StringIO
from threading import Event

import pytest

import placelang_scheduler as scheduler
from placelang.cli import progress
from placelang_runtime.cli import logs


class Terminal(StringIO):
    """A terminal that tells when something was written to it."""

    def __init__(self, *, is_terminal: bool = True) -> None:
        super().__init__()
        self.written = Event()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


@pytest.fixture(autouse=True)
def _every_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "STEP", 0.001)
    logs.set_level(0, quiet=False)


def test_a_line_says_what_is_being_done_and_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert progress.interruptibly(lambda: terminal.written.wait(timeout=60), doing="planning 3 hosts")
    shown = terminal.getvalue()
    assert shown.startswith(f"{progress.CLEAR}planning 3 hosts … 0 s")
    assert shown.endswith(progress.CLEAR)


@pytest.mark.parametrize(
    ("is_terminal", "level"), [(False, logging.WARNING), (True, logging.ERROR), (True, logging.INFO)]
)
def test_no_line_without_a_terminal_or_where_more_or_less_is_said(
    is_terminal: bool, level: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(logs.LOGGER, "level", level)
    assert not progress.interruptibly(lambda: terminal.written.wait(timeout=0.05), doing="planning")
    assert terminal.getvalue() == ""


def test_what_the_work_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())

    def fail() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        progress.interruptibly(fail, doing="failing")


def test_a_bar_shows_how_far_it_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    watch = progress.Watch()
    watch.hear(scheduler.Event("solving", 250, 1000))
    assert progress.interruptibly(lambda: terminal.written.wait(timeout=60), doing="planning", watch=watch)
    assert "planning █████░░░░░░░░░░░░░░░ solving 250 of 1,000 … 0 s" in terminal.getvalue()


def test_only_a_search_is_asked_to_stop_and_once() -> None:
    watch = progress.Watch()
    assert not watch.ask()
    watch.hear(scheduler.Event("solving", 0, 9))
    assert watch.ask()
    assert watch.stop.is_set()
    assert not watch.ask()
