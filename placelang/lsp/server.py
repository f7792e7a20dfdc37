"""The server: one session with one editor, and its loop."""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcParseError
from pygls.io_ import StdoutWriter

from placelang.lsp.analysis import Analysis, Workspace
from placelang.lsp.documents import Document, path_of, real
from placelang.lsp.features import FEATURES
from placelang.lsp.protocol import LOGGER, Protocol, Server
from placelang.lsp.publish import reports
from placelang.lsp.transport import messages

PAUSE = 0.02
"""Seconds without a message after which diagnostics are worked out: what is asked right after a keystroke, such as
completion, does not have to wait for them."""

_WATCHED = ("**/*.place", "**/placelang.toml", "**/*.yaml", "**/*.yml", "**/*.json")


def serve() -> int:
    """Serve the editor at standard input and output; 0 if it said farewell, 1 if it was just gone."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else prints must not reach the editor
    logging.getLogger("pygls").setLevel(
        logging.CRITICAL
    )  # what it would say, the session says in fewer words
    session = Session(output)
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)  # trees have no cycles; looking for some takes longer than parsing
    inbox: SimpleQueue[bytes | None] = SimpleQueue()
    source = os.fdopen(os.dup(sys.stdin.fileno()), "rb")  # at exit Python closes its own, which is being read
    Thread(target=_fill, args=(inbox, source), daemon=True).start()
    try:
        while True:
            try:
                body = inbox.get(timeout=PAUSE)
            except Empty:
                session.settle()
                body = inbox.get()
            if body is None:
                return 1
            session.receive(body)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BrokenPipeError:
        return 1


def _fill(inbox: SimpleQueue[bytes | None], stream: BinaryIO) -> None:
    """Put what the editor sends into the inbox, and None when it sends no more."""
    for body in messages(stream):
        inbox.put(b"" if body is None else body)
    inbox.put(None)


class Session:
    """What the server knows, what the editor was last told, and whether that is still so."""

    def __init__(self, output: BinaryIO) -> None:
        self.workspace = Workspace()
        self.settled = True
        self.told: dict[str, types.PublishDiagnosticsParams] = {}
        self.server = Server("placelang", version("placelang"), protocol_cls=Protocol)
        self.protocol = cast("Protocol", self.server.protocol)
        self.protocol.set_writer(StdoutWriter(output))
        features = self.protocol.fm
        own: dict[str, Callable[[Any], None]] = {
            types.INITIALIZE: self.initialize,
            types.INITIALIZED: self.initialized,
            types.TEXT_DOCUMENT_DID_OPEN: self.opened,
            types.TEXT_DOCUMENT_DID_CHANGE: self.changed,
            types.TEXT_DOCUMENT_DID_CLOSE: self.closed,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES: self.touched,
            types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: self.moved,
        }
        for method, handler in own.items():
            features.feature(method)(partial(handler))  # it sets attributes, which a method has not
        for method, (answer, options) in FEATURES.items():
            features.feature(method, options)(partial(answer, self.workspace))
        for method in (
            types.TEXT_DOCUMENT_DID_OPEN,
            types.TEXT_DOCUMENT_DID_CHANGE,
            types.TEXT_DOCUMENT_DID_CLOSE,
        ):
            # pygls keeps documents too, and takes other characters than the protocol for ends of lines
            features.builtin_features.pop(method)

    def receive(self, body: bytes) -> None:
        """Do what one message asks for; what cannot be understood is logged."""
        try:
            message = json.loads(body, object_hook=self.protocol.structure_message)
            self.protocol.handle_message(message)
        except (ValueError, RecursionError) as error:
            LOGGER.warning("a message that is not JSON: %s", error)
            self.protocol.refuse(None, JsonRpcParseError())
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - no message may end the session
            LOGGER.warning("a message that cannot be understood: %s: %s", type(error).__name__, error)

    # --- the session ----------------------------------------------------------------------------------------------

    def initialize(self, params: types.InitializeParams) -> None:
        self.workspace.encoding = types.PositionEncodingKind(self.server.workspace.position_encoding).value
        uris = [folder.uri for folder in params.workspace_folders or ()] or [params.root_uri or ""]
        self.workspace.folders = [path_of(uri) for uri in uris if uri.startswith("file:")]

    def initialized(self, _: types.InitializedParams) -> None:
        workspace = self.server.client_capabilities.workspace
        watching = workspace and workspace.did_change_watched_files
        if watching and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            watch = types.Registration("watch", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self.server.client_register_capability(types.RegistrationParams([watch]))

    def moved(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        gone = {path_of(folder.uri) for folder in params.event.removed}
        kept = [folder for folder in self.workspace.folders if folder not in gone]
        self.workspace.folders = [*kept, *(path_of(folder.uri) for folder in params.event.added)]
        self.settled = False

    # --- documents ------------------------------------------------------------------------------------------------

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        document = Document(item.uri, path_of(item.uri), item.version, item.text, self.workspace.encoding)
        self._keep(document)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        document = self.workspace.document(params.text_document.uri)
        if document is None:
            LOGGER.warning("a change of a document that is not open: %s", params.text_document.uri)
        else:
            self._keep(document.edited(params.content_changes, params.text_document.version))

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self.workspace.sources.documents.pop(real(path_of(params.text_document.uri)), None)
        self.settled = False

    def touched(self, _: types.DidChangeWatchedFilesParams) -> None:
        self.settled = False

    def _keep(self, document: Document) -> None:
        self.workspace.sources.documents[real(document.path)] = document
        self.settled = False

    def settle(self) -> None:
        """Tell the editor what is wrong now, as far as it was told otherwise."""
        if not self.settled:
            self.settled = True
            try:
                self._tell()
            except BrokenPipeError:
                raise
            except Exception:  # noqa: BLE001 - the session outlives our faults
                LOGGER.exception("a fault of placelang while it looked at the files: please report it")

    def _tell(self) -> None:
        documents = self.workspace.sources.documents.values()
        versions = {document.uri: document.version for document in documents}
        analyses: dict[str, Analysis] = {}
        for document in documents:
            analyses |= {analysis.fleet.root: analysis for analysis in self.workspace.analyses(document.path)}
        now = reports(analyses.values(), self.workspace)
        for uri in (*now, *(self.told.keys() - now.keys())):
            report = types.PublishDiagnosticsParams(uri, now.get(uri, []), versions.get(uri))
            if report != self.told.get(uri, types.PublishDiagnosticsParams(uri, [])):
                self.server.text_document_publish_diagnostics(report)
                self.told[uri] = report
