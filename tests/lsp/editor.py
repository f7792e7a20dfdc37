"""An editor, as far as a server can tell: a real client over standard input and output of a real process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from lsprotocol import types
from pygls.lsp.client import LanguageClient

T = TypeVar("T")
PATIENCE = 60
"""Seconds until an answer that never comes fails the test instead of blocking it."""


class Editor(LanguageClient):
    """Holds the texts that it has open, and the last diagnostics of each file."""

    def __init__(self, encodings: list[str] | None = None) -> None:
        super().__init__("editor", "1")
        self.encodings = encodings
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.reports: dict[str, types.PublishDiagnosticsParams] = {}
        self.news = asyncio.Event()
        self.gone = False
        self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(partial(self._told))

    def _told(self, params: types.PublishDiagnosticsParams) -> None:
        self.reports[params.uri] = params
        self.news.set()

    @property
    def process(self) -> int:
        """The number of the server's process."""
        assert self._server is not None
        return self._server.pid

    async def server_exit(self, server: asyncio.subprocess.Process) -> None:
        self.gone = True
        self.news.set()

    async def begin(self, *folders: Path) -> types.InitializeResult:
        await self.start_io(sys.executable, "-m", "placelang", "lsp")
        general = (
            types.GeneralClientCapabilities(position_encodings=self.encodings) if self.encodings else None
        )
        rename = types.RenameClientCapabilities(prepare_support=True)
        capabilities = types.ClientCapabilities(
            general=general, text_document=types.TextDocumentClientCapabilities(rename=rename)
        )
        opened = [types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders]
        params = types.InitializeParams(capabilities, workspace_folders=opened)
        answer = await self.initialize_async(params)
        colours = answer.capabilities.semantic_tokens_provider
        assert colours is not None
        self.legend = colours.legend
        self.initialized(types.InitializedParams())
        return answer

    async def end(self) -> int:
        await self.shutdown_async(None)
        self.exit(None)
        assert self._server is not None
        return await self._server.wait()

    def open(self, uri: str, text: str) -> None:
        self.texts[uri], self.versions[uri] = text, 1
        item = types.TextDocumentItem(uri, "placelang", 1, text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def close(self, uri: str) -> None:
        del self.texts[uri], self.versions[uri]
        self.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def type(self, uri: str, at: types.Position, text: str, until: types.Position | None = None) -> None:
        """Write `text` over the range from `at`, one change as an editor sends it."""
        edit = types.TextEdit(types.Range(at, until or at), text)
        self.edit(uri, [edit])

    def edit(self, uri: str, edits: list[types.TextEdit]) -> None:
        """Make edits that count from the text as it is, the last one first."""
        edits = sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True)
        self.versions[uri] += 1
        for edit in edits:
            self.texts[uri] = replaced(self.texts[uri], edit)
        changes = [types.TextDocumentContentChangePartial(edit.range, edit.new_text) for edit in edits]
        document = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.text_document_did_change(types.DidChangeTextDocumentParams(document, changes))

    async def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """What is wrong with the present version of an open document."""
        async with asyncio.timeout(PATIENCE):
            while uri not in self.reports or self.reports[uri].version != self.versions[uri]:
                self.news.clear()
                await self.news.wait()
                assert not self.gone
        return list(self.reports[uri].diagnostics)

    async def news_of(self, uri: str, expected: Callable[[list[types.Diagnostic]], bool]) -> None:
        """Wait until the diagnostics of a file are as expected."""
        async with asyncio.timeout(PATIENCE):
            while uri not in self.reports or not expected(list(self.reports[uri].diagnostics)):
                self.news.clear()
                await self.news.wait()
                assert not self.gone

    def find(self, uri: str, text: str, *, after: int = 0) -> types.Position:
        """The position `after` characters into the first place that has `text`; ASCII only."""
        before = self.texts[uri][: self.texts[uri].index(text) + after]
        return types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1)


def replaced(text: str, edit: types.TextEdit) -> str:
    """The text after an edit; ASCII only."""
    start, end = (_offset(text, place) for place in (edit.range.start, edit.range.end))
    return text[:start] + edit.new_text + text[end:]


def _offset(text: str, position: types.Position) -> int:
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: position.line]) + position.character


def session(run: Callable[[Editor], Awaitable[T]], *folders: Path, encodings: list[str] | None = None) -> T:
    """Run a whole session: start, `run`, shut down; the server must end well."""

    async def whole() -> T:
        editor = Editor(encodings)
        await editor.begin(*folders)
        async with asyncio.timeout(PATIENCE):
            result = await run(editor)
            assert await editor.end() == 0
        return result

    return asyncio.run(whole())
