"""The pytest plugin: `pytest fleet/` runs the `test` blocks of placement files.

pytest loads this module whenever it starts, so nothing is imported here that it does not have already. Only files
named `*.place` that have a test are collected. Policies, parameters and budget come from the environment and from the
`placelang.toml` that is nearest to the file, as they do for `placelang test`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from placelang.config import Settings
    from placelang.diagnostics import Diagnostic, Source
    from placelang.testing.run import Case, Suite

SUFFIX = ".place"
_TEST = re.compile(rb"""^[ \t]*test[ \t]*["']""", re.MULTILINE)
_MOST_BYTES = 4 * 2**20
"""Larger files are no placement files."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A collector for a placement file that has tests."""
    if file_path.suffix != SUFFIX or not file_path.is_file() or not _has_tests(file_path):
        return None
    collector: pytest.Collector = PlaceFile.from_parent(parent, path=file_path)
    return collector


def _has_tests(path: Path) -> bool:
    """Whether some line begins as a test does: cheap, and right for every file that is right."""
    try:
        with path.open("rb") as file:
            return _TEST.search(file.read(_MOST_BYTES)) is not None
    except OSError:
        return False


class PlacementError(Exception):
    """A test that failed; the text says which expectations, and why."""


class PlaceFile(pytest.File):
    """A root file of a fleet: its tests share what is read and planned."""

    def collect(self) -> Iterator[PlacementTest]:
        """The file's tests; all that is wrong with it is one error of collection."""
        from placelang.load import load
        from placelang.planning import BUDGET
        from placelang.testing.suite import read_suite

        given = self._settings()
        modules, faults = load([self._shown()], given.policy)
        reading = read_suite(modules, given.params, budget=BUDGET if given.budget is None else given.budget)
        if reading.suite is None:
            raise self.CollectError(_rendered([*faults, *reading.diagnostics], reading.sources))
        for case in reading.suite.cases:
            item = PlacementTest.from_parent(self, name=case.test.title)
            item.suite, item.case, item.sources = reading.suite, case, reading.sources
            yield item

    def _settings(self) -> Settings:
        from placelang import config

        environment, faults = config.from_environment(os.environ)
        path = config.find(self.path.parent)
        file, sources, unread = config.from_file(path) if path else (config.Layer("nobody"), (), ())
        if faults or unread:
            raise self.CollectError(_rendered([*faults, *unread], {s.path: s for s in sources}))
        return config.resolve((environment, file))

    def _shown(self) -> str:
        """The path from where pytest was called, if it leads down from there."""
        folder = self.config.invocation_params.dir
        return str(self.path.relative_to(folder) if self.path.is_relative_to(folder) else self.path)


class PlacementTest(pytest.Item):
    """One test block."""

    suite: Suite
    case: Case
    sources: Mapping[str, Source]

    def runtest(self) -> None:
        """Plan, compare, and raise if anything is not as expected."""
        from placelang.errors import InputError
        from placelang.testing.report import failure_text
        from placelang.testing.run import run_test

        try:
            result = run_test(self.suite, self.case)
        except InputError as error:
            raise PlacementError(_rendered(error.diagnostics, error.sources)) from error
        if not result.passed:
            raise PlacementError(failure_text(result, self.sources))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What failed, without a traceback: the fault is in the fleet, not in Python."""
        if isinstance(excinfo.value, PlacementError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the test begins, by the line counted from 0."""
        span = self.case.test.span
        line = self.sources[span.path].position(span.start).line
        return self.path, line - 1, self.name


def _rendered(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source]) -> str:
    from placelang.render import render

    return render(diagnostics, sources, color=False)
