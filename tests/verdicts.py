"""What is said of mutants, and whether it is what a good diagnostic says."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat, zip_longest
from pathlib import Path

from placelang.check import check
from placelang.check.scope import Tables
from placelang.diagnostics import Diagnostic, Source, has_errors
from placelang.files import read_source
from placelang.lint import lint
from placelang.load import load
from placelang.parse import parse
from placelang.syntax import Tree
from tests.mutants import Mutant, mutants

ROOT = Path(__file__).parents[1]
FILES = sorted([*ROOT.glob("examples/*/*.place"), *ROOT.glob("tests/placements/*.place")])
"""Files that are right, each by itself the root of a fleet."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of a mutant of `path`: `told` in the right place, `named` with the right word (None if no word was
    misspelt), or nothing at all if it is `valid`. `raised` is a traceback."""

    path: Path
    mutant: Mutant
    first: Diagnostic | None
    place: str
    valid: bool
    told: bool
    named: bool | None
    raised: str | None = None


class Judge:
    """Judges mutants; files that are not changed are read and parsed once."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._trees: dict[str, tuple[Tree, tuple[Diagnostic, ...]]] = {}

    def said(self, path: Path, text: str) -> tuple[list[Diagnostic], dict[str, Source]]:
        """All that is said of a file that has this text, in the order in which it is shown."""

        own = path

        def read(path: Path, *, name: str) -> tuple[Source | None, tuple[Diagnostic, ...]]:
            if path == own:
                return Source(name, text), ()
            if name not in self._sources:
                source, faults = read_source(path, name=name)
                if source is None:
                    return None, faults
                self._sources[name] = source
            return self._sources[name], ()

        def parsed(source: Source) -> tuple[Tree, tuple[Diagnostic, ...]]:
            if source is not self._sources.get(source.path):
                return parse(source)
            if source.path not in self._trees:
                self._trees[source.path] = parse(source)
            return self._trees[source.path]

        modules, faults = load([path], read=read, parse=parsed)
        names: list[Tables] = []
        program, found = check(modules, record=names.append)
        return list(lint(modules, [*faults, *found], program, names[0])), dict(modules.sources)

    def verdict(self, path: Path, mutant: Mutant) -> Verdict:
        """What is said of one mutant."""
        try:
            found, sources = self.said(path, mutant.text)
        except Exception:  # noqa: BLE001 - whatever it is, it is a fault of ours, to be counted
            return Verdict(path, mutant, None, "", False, False, None, traceback.format_exc())
        first = found[0] if found else None
        line = _line(first, path, sources)
        place = f"{first.span.path}:{_line_of(first, sources)}" if first and first.span else ""
        return Verdict(
            path,
            mutant,
            first,
            place,
            valid=not has_errors(found),
            told=line is not None and line in (mutant.line, mutant.header),
            named=None if mutant.meant is None else _names(first, mutant.meant),
        )


def _line(diagnostic: Diagnostic | None, path: Path, sources: dict[str, Source]) -> int | None:
    """The line of the file at which a diagnostic stands, None if it stands elsewhere."""
    if diagnostic is None or diagnostic.span is None or Path(diagnostic.span.path) != path:
        return None
    return _line_of(diagnostic, sources)


def _line_of(diagnostic: Diagnostic, sources: dict[str, Source]) -> int:
    if diagnostic.span is None:
        return 0
    return sources[diagnostic.span.path].position(diagnostic.span.start).line


def _names(diagnostic: Diagnostic | None, word: str) -> bool:
    """Whether the hint offers the word."""
    hint = diagnostic.hint if diagnostic else None
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", hint or "") is not None


def chosen(seed: int) -> Iterator[tuple[Path, Mutant]]:
    """All mutants, the files in turn."""
    rows = [zip(repeat(path), mutants(path.read_text("utf-8"), seed)) for path in FILES]
    return (found for turn in zip_longest(*rows) for found in turn if found)
