"""What is known of a fleet: its files as they stand in the editor, loaded and checked.

An analysis is made again only when a tree, the settings or the inventory have changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from lsprotocol.types import Location

from placelang.address import is_store, store_path
from placelang.check import check
from placelang.check.scope import Tables
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source, Span, in_order
from placelang.load import Module, Modules, load
from placelang.lsp.documents import Document, path_of, real, uri_of
from placelang.lsp.fleets import Fleet, fleets_of
from placelang.lsp.positions import Lines
from placelang.lsp.sources import Signature, Sources, signature_of
from placelang.lsp.uses import Use, uses
from placelang.program import Program

if TYPE_CHECKING:
    from placelang.inventory import Inventory

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """An inventory as it was read from a file or a store; `inventory` is None if something is wrong with it."""

    signature: Signature | None
    inventory: Inventory | None
    source: Source | None
    faults: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One fleet. `names` says what names stand for, whether or not there is a `program`; `loading` is what was wrong
    with files, imports and syntax, `diagnostics` everything that is wrong, with inventory and settings too."""

    fleet: Fleet
    modules: Modules
    names: Tables
    program: Program | None
    known: Known | None
    loading: tuple[Diagnostic, ...]
    diagnostics: tuple[Diagnostic, ...]
    _uses: dict[str, tuple[Use, ...]] = field(default_factory=dict, repr=False)
    _made: dict[Callable[[Analysis], object], object] = field(default_factory=dict, repr=False)

    @property
    def inventory(self) -> Inventory | None:
        return self.known.inventory if self.known else None

    def module(self, path: str) -> Module | None:
        """The file of that path, if it belongs to the fleet."""
        own = real(path)
        return next((module for module in self.modules.modules if real(module.source.path) == own), None)

    def once(self, make: Callable[[Analysis], T]) -> T:
        """What `make` makes of the fleet, made when it is first asked for."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])

    def uses(self, module: Module) -> tuple[Use, ...]:
        """All names of one of its files."""
        path = module.source.path
        if path not in self._uses:
            self._uses[path] = uses(module.tree)
        return self._uses[path]


class Workspace:
    """All that the server knows. `folders` are those that the editor has open."""

    def __init__(self) -> None:
        self.encoding = "utf-16"
        self.sources = Sources()
        self.folders: list[str] = []
        self._inventories: dict[str, Known] = {}
        self._analyses: dict[str, Analysis] = {}
        self._lines: dict[str, tuple[Source, Lines]] = {}

    def analyses(self, path: str) -> tuple[Analysis, ...]:
        """The fleets that a file belongs to, the nearest first."""
        return tuple(self._analysis(fleet) for fleet in fleets_of(path, self.folders, self.sources))

    def last(self, path: str) -> Analysis | None:
        """The analysis of a file's first fleet as it was last made, made now if it never was."""
        found = next((a for a in self._analyses.values() if a.module(path)), None)
        return found or next(iter(self.analyses(path)), None)

    def document(self, uri: str) -> Document | None:
        """The open text of that URI."""
        return self.sources.documents.get(real(path_of(uri)))

    def lines(self, source: Source) -> Lines:
        """The lines of a text, as the editor counts them."""
        found = self._lines.get(source.path)
        if found is None or found[0] is not source:
            found = self._lines[source.path] = source, Lines.of(source.text, self.encoding)
        return found[1]

    def location(self, span: Span) -> Location | None:
        """A span as the editor names it, None for a file that cannot be read any more."""
        known = self._inventories.get(span.path)
        source = known.source if known else self.sources.text(span.path)
        return Location(self.uri(span.path), self.lines(source).range(span)) if source else None

    def uri(self, path: str) -> str:
        """What the editor calls a file."""
        document = self.sources.documents.get(real(path))
        return document.uri if document else uri_of(path)

    def _analysis(self, fleet: Fleet) -> Analysis:
        modules, faults = load(
            fleet.files, fleet.settings.policy, read=self.sources.read, parse=self.sources.parse
        )
        known = self._inventory(fleet.settings.inventory) if fleet.settings.inventory else None
        last = self._analyses.get(fleet.root)
        if last and last.fleet == fleet and last.known is known and _same(last, modules, faults):
            return last
        labels = None
        if known and known.inventory:
            from placelang.inventory import inventory_labels  # noqa: PLC0415 - pydantic and numpy

            labels = inventory_labels(known.inventory)
        recorded: list[Tables] = []
        program, found = check(modules, fleet.settings.params, labels, record=recorded.append)
        everything = (*fleet.faults, *(known.faults if known else ()), *faults, *found)
        analysis = Analysis(fleet, modules, recorded[0], program, known, faults, in_order(list(everything)))
        self._analyses[fleet.root] = analysis
        return analysis

    def _inventory(self, path: str) -> Known:
        if is_store(path):
            return self._store(path)
        signature = signature_of(Path(path))
        known = self._inventories.get(path)
        if known is None or known.signature != signature:
            from placelang.files import read_source  # noqa: PLC0415
            from placelang.inventory import LIMIT, read_inventory  # noqa: PLC0415 - pydantic and numpy

            source, faults = read_source(Path(path), limit=LIMIT)
            inventory, found = read_inventory(source) if source else (None, ())
            known = self._inventories[path] = Known(signature, inventory, source, (*faults, *found))
        return known

    def _store(self, url: str) -> Known:
        """What a store believes now; it is read again when somebody has written to it."""
        path = store_path(url)
        signature = signature_of(path.with_name(f"{path.name}-wal")) or signature_of(path)
        known = self._inventories.get(url)
        if known is None or known.signature != signature:
            from placelang.store import StoreError, read_store  # noqa: PLC0415 - numpy

            try:
                known = Known(signature, read_store(url, None)[0], None, ())
            except StoreError as error:
                known = Known(signature, None, None, (Diagnostic(Code.UNREADABLE, str(error), path=url),))
            self._inventories[url] = known
        return known


def _same(last: Analysis, modules: Modules, loading: tuple[Diagnostic, ...]) -> bool:
    """Whether an analysis is one of these very trees."""
    before, now = last.modules.modules, modules.modules
    same = len(before) == len(now) and all(a.tree is b.tree for a, b in zip(before, now, strict=True))
    return same and last.loading == loading
