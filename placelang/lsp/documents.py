"""The texts that the editor has open. A document never changes: each edit makes its next version."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import quote

from lsprotocol.types import TextDocumentContentChangeEvent, TextDocumentContentChangePartial
from pygls.uris import from_fs_path, to_fs_path

from placelang.diagnostics import Source
from placelang.lsp.positions import Lines


@dataclass(frozen=True)
class Document:
    """One version of an open text. `path` is its file, or, where it has none, a name in the server's folder."""

    uri: str
    path: str
    version: int
    text: str
    encoding: str

    @cached_property
    def source(self) -> Source:
        return Source(self.path, self.text)

    @cached_property
    def lines(self) -> Lines:
        return Lines.of(self.text, self.encoding)

    def edited(self, changes: Sequence[TextDocumentContentChangeEvent], version: int) -> Document:
        """The version after all changes, each of which counts from the one before it."""
        document = self
        for change in changes:
            document = replace(document, version=version, text=document._after(change))
        return replace(document, version=version)

    def _after(self, change: TextDocumentContentChangeEvent) -> str:
        if not isinstance(change, TextDocumentContentChangePartial):
            return change.text
        start, end = self.lines.offset(change.range.start), self.lines.offset(change.range.end)
        return self.text[:start] + change.text + self.text[max(start, end) :]


def path_of(uri: str) -> str:
    """The path of a `file:` URI; for any other, a name that no file has, in the server's folder."""
    path = to_fs_path(uri)
    return os.path.normpath(path) if path else os.path.abspath(quote(uri, safe=":"))  # noqa: PTH100


def uri_of(path: str) -> str:
    """The `file:` URI of a path."""
    return str(from_fs_path(os.path.abspath(path)))  # noqa: PTH100


def real(path: str) -> str:
    """The path that stands for a file however it is reached: absolute, without links."""
    try:
        return os.path.realpath(path)
    except ValueError:
        return path
