"""Texts and trees of all files that the server has seen: what the editor has open, over what the disk holds.

A file is read again when its size or time of change differs, and parsed again when its text does; of an open document
only what the edit has touched.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source
from placelang.files import LIMIT, read_source
from placelang.lsp.documents import Document, real
from placelang.parse.again import Known, parse_again
from placelang.syntax import Tree

_IMPORT = re.compile(r'^[ \t]*import[ \t]+(?:"([^"\\\n]*)"|\'([^\'\n]*)\')', re.MULTILINE)

Signature = tuple[int, int, int]
Faults = tuple[Diagnostic, ...]


class Sources:
    """`documents` holds the open texts by the real path of their file."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self._read: dict[tuple[str, str], tuple[Document | Signature | None, Source | None, Faults]] = {}
        self._imports: dict[str, tuple[Source | None, tuple[str, ...]]] = {}
        self._parsed: dict[str, tuple[Source, Tree, Faults, Known]] = {}

    def read(self, path: Path, *, name: str) -> tuple[Source | None, Faults]:
        """As `read_source`: the text that the editor has, or else the file's."""
        document = self.documents.get(real(str(path)))
        state = document or signature_of(path)
        known = self._read.get((str(path), name))
        if known is None or known[0] != state:
            known = (state, *(_bounded(document, name) if document else read_source(path, name=name)))
            self._read[str(path), name] = known
        return known[1:]

    def parse(self, source: Source) -> tuple[Tree, Faults]:
        """As `parse`, building on what was last seen under the source's path."""
        found = self._parsed.get(source.path)
        if found is None or found[0] is not source:
            known = found[3] if found else Known()
            found = (source, *parse_again(source, known))
            self._parsed[source.path] = found
        return found[1:3]

    def text(self, path: str) -> Source | None:
        """The text of any file that has one."""
        return self.read(Path(real(path)), name=path)[0]

    def imports(self, path: str) -> tuple[str, ...]:
        """The files that a file imports, without parsing it: whether it may is not asked here."""
        source = self.text(path)
        found = self._imports.get(path)
        if found is None or found[0] is not source:
            folder = os.path.dirname(path)  # noqa: PTH120
            said = _IMPORT.findall(source.text) if source else ()
            targets = [os.path.normpath(os.path.join(folder, plain or raw)) for plain, raw in said]  # noqa: PTH118
            found = self._imports[path] = source, tuple(targets)
        return found[1]


def signature_of(path: Path) -> Signature | None:
    """What changes when a file does; None if there is no file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _bounded(document: Document, name: str) -> tuple[Source | None, Faults]:
    """An open text, unless it is longer than a file may be."""
    if len(document.text) > LIMIT:
        message = f"the file has more than {LIMIT:,} bytes"
        return None, (
            Diagnostic(Code.TOO_LARGE, message, path=name, hint="split it into files that are imported"),
        )
    return document.source if document.path == name else Source(name, document.text), ()
