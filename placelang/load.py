"""From paths to parsed modules: root files and policies, and all that they import.

Leaves every file that could be read, each once (two paths to one file are one file), roots in the order given and each
import right after the file that names it first. Imports stay below the folder of the root that leads to them, after all
links are resolved; a cycle is reported with its chain; the number and size of files are bounded.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from placelang import syntax
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Severity, Source, Span, has_errors, in_order
from placelang.files import read_source
from placelang.frozen import dataclass
from placelang.graph import chain
from placelang.parse import parse

MOST_FILES = 1_000
MOST_CHARACTERS = 64 * 2**20


Parser = Callable[[Source], tuple[syntax.Tree, tuple[Diagnostic, ...]]]


class Reader(Protocol):
    """What gives the text of a file under the name that people see."""

    def __call__(self, path: Path, *, name: str) -> tuple[Source | None, tuple[Diagnostic, ...]]: ...


@dataclass(frozen=True, slots=True)
class Module:
    """One file. `is_root`: it is one of the files to plan. `is_policy`: it is a policy, or imported by one."""

    source: Source
    tree: syntax.Tree
    is_root: bool
    is_policy: bool


@dataclass(frozen=True, slots=True)
class Modules:
    """All files of one fleet. Not `sound` if something is wrong with them; not `complete` if, moreover, a name may be
    declared in what could not be read. `unread`: where the syntax errors are."""

    modules: tuple[Module, ...]
    sound: bool = True
    complete: bool = True
    unread: tuple[Span, ...] = ()

    @property
    def sources(self) -> Mapping[str, Source]:
        """The sources by the paths of their spans."""
        return {module.source.path: module.source for module in self.modules}


@dataclass(frozen=True, slots=True)
class _Open:
    """A file whose imports are being followed; `folder` is what they must stay below."""

    shown: str
    real: str
    folder: str
    is_policy: bool
    imports: Iterator[syntax.Import]


def load(
    files: Sequence[str | Path],
    policies: Sequence[str | Path] = (),
    *,
    read: Reader = read_source,
    parse: Parser = parse,
) -> tuple[Modules, tuple[Diagnostic, ...]]:
    """The modules of a fleet, and what is wrong with their files, imports and syntax.

    `read` and `parse` are for those who hold texts that are not on the disk yet, or trees of texts that have not
    changed.
    """
    loading = _Loading({_real(str(path)) for path in files}, read, parse)
    for path in files:
        loading.root(str(path), is_policy=False)
    for path in policies:
        loading.root(str(path), is_policy=True)
    sound = not has_errors(loading.diagnostics)
    modules = Modules(tuple(loading.modules), sound, loading.complete, tuple(loading.unread))
    return modules, in_order(loading.diagnostics)


class _Loading:
    """The files found so far."""

    def __init__(self, roots: set[str], read: Reader, parse: Parser) -> None:
        self._read = read
        self._parse = parse
        self.modules: list[Module] = []
        self.diagnostics: list[Diagnostic] = []
        self.unread: list[Span] = []
        self.complete = True
        self._roots = roots
        self._seen: set[str] = set()
        self._characters = 0
        self._full = False

    def root(self, shown: str, *, is_policy: bool) -> None:
        """Reads a root and, depth first, everything that it leads to."""
        folder = _real(os.path.dirname(shown) or ".")  # noqa: PTH120 - Path would drop `./` from what is shown
        first = self._open(shown, _real(shown), folder, None, is_policy=is_policy)
        path = [first] if first else []
        while path:
            statement = next(path[-1].imports, None)
            if statement is None:
                path.pop()
            elif (found := self._follow(statement, path)) is not None:
                path.append(found)

    def _follow(self, statement: syntax.Import, path: list[_Open]) -> _Open | None:
        """The imported file, opened; None if it is known already or was refused."""
        target = _target(statement, path)
        if isinstance(target, Diagnostic):
            self.complete = self.complete and target.code is Code.CYCLE
            self.diagnostics.append(target)
            return None
        shown, real = target
        return self._open(shown, real, path[-1].folder, statement, is_policy=path[-1].is_policy)

    def _open(
        self, shown: str, real: str, folder: str, statement: syntax.Import | None, *, is_policy: bool
    ) -> _Open | None:
        if real in self._seen or self._full:
            return None
        self._seen.add(real)
        source, faults = self._read(Path(real), name=shown)
        if source is not None and self._too_much(source):
            self._full = True
            message = f"a fleet has at most {MOST_FILES:,} files and {MOST_CHARACTERS:,} characters"
            source, faults = None, (Diagnostic(Code.TOO_LARGE, message, path=shown),)
        if source is None:
            self.complete = False
            self.diagnostics.extend(_at_import(fault, statement) for fault in faults)
            return None
        tree, faults = self._parse(source)
        self.complete = self.complete and not _loses_names(tree, faults)
        self.diagnostics.extend(faults)
        self.unread.extend(fault.span for fault in faults if fault.span)
        self._characters += len(source.text)
        self.modules.append(Module(source, tree, real in self._roots, is_policy))
        imports = (node for node in tree.statements if isinstance(node, syntax.Import))
        return _Open(shown, real, folder, is_policy, imports)

    def _too_much(self, source: Source) -> bool:
        return len(self.modules) >= MOST_FILES or self._characters + len(source.text) > MOST_CHARACTERS


def _loses_names(tree: syntax.Tree, faults: tuple[Diagnostic, ...]) -> bool:
    """Whether a declaration may be among what could not be read: not if all faults are inside of services, which
    declare nothing."""
    apps = [node for node in tree.statements if isinstance(node, syntax.App)]
    services = sorted(unit.span for app in apps for unit in app.clauses if isinstance(unit, syntax.Service))
    for fault in (f for f in faults if f.severity is Severity.ERROR):
        at = bisect_right(services, fault.span) - 1 if fault.span else -1
        if at < 0 or fault.span is None or fault.span.end > services[at].end:
            return True
    return False


def _real(path: str) -> str:
    """The path without links; one that cannot exist stays as it is, to fail when it is read."""
    try:
        return os.path.realpath(path)
    except ValueError:
        return path


def _target(statement: syntax.Import, path: list[_Open]) -> tuple[str, str] | Diagnostic:
    """The imported file by the name to show and by its real path, or why it is refused."""
    importer = path[-1]
    text = "".join(part for part in statement.path.parts if isinstance(part, str))
    fault = _unfit(statement, text)
    if fault is not None:
        return fault
    shown = os.path.normpath(os.path.join(os.path.dirname(importer.shown), text))  # noqa: PTH118, PTH120
    real = _real(shown)
    if os.path.commonpath((real, importer.folder)) != importer.folder:
        return _outside(statement)
    active = next((i for i, file in enumerate(path) if file.real == real), None)
    if active is not None:
        return _cycle(statement, [file.shown for file in path[active:]])
    return shown, real


def _unfit(statement: syntax.Import, text: str) -> Diagnostic | None:
    """What is wrong with an import's path before any file is looked at."""
    span = statement.path.span
    if any(isinstance(part, syntax.Name) for part in statement.path.parts):
        return Diagnostic(Code.NOT_CONSTANT, "the path of an import is written out, without ${…}", span)
    if not text or not text.isprintable():
        return Diagnostic(Code.MALFORMED, "this is no path of a file", span)
    if os.path.isabs(text):  # noqa: PTH117
        return Diagnostic(
            Code.IMPORT_OUTSIDE,
            "an import is relative to the file that it stands in",
            span,
            hint="write the path from this file's folder, without a leading `/`",
        )
    return None


def _outside(statement: syntax.Import) -> Diagnostic:
    return Diagnostic(
        Code.IMPORT_OUTSIDE,
        "this import leads out of the root file's folder",
        statement.path.span,
        notes=("imports stay below the folder of the file that is planned, also after links are resolved",),
        hint="move the file below that folder, or plan from a folder that holds both",
    )


def _cycle(statement: syntax.Import, files: list[str]) -> Diagnostic:
    message = "this file imports itself" if len(files) == 1 else "these files import each other"
    return Diagnostic(
        Code.CYCLE,
        message,
        statement.path.span,
        notes=(chain(files),),
        hint="remove this import, or move what both need into a file of its own",
    )


def _at_import(fault: Diagnostic, statement: syntax.Import | None) -> Diagnostic:
    """A file's fault at the import that asked for it, unless it was named itself."""
    if statement is None:
        return fault
    return replace(fault, span=statement.path.span, path=None, notes=(f"the file is {fault.path}",))
