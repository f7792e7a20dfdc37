"""Laws of the server's answers, whatever the text: over random edits of real files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from placelang.lsp.analysis import Workspace
from placelang.lsp.colours import LEGEND, semantic_tokens
from placelang.lsp.completion import completion
from placelang.lsp.documents import Document, real
from placelang.lsp.navigate import rename
from placelang.lsp.symbols import Symbol, all_mentions
from tests.lsp.editor import replaced
from tests.syntax.test_again import EDITS, TEXTS, edited

RETAIL = Path(__file__).parents[2] / "examples/retail"
PATH = "/nowhere/a.place"
IDENTIFIER = types.TextDocumentIdentifier(f"file://{PATH}")

EDITED = st.builds(
    lambda text, edits: [text := edited(text, *edit) for edit in edits][-1], st.sampled_from(TEXTS), EDITS
)


def opened(text: str, path: str = PATH, workspace: Workspace | None = None) -> tuple[Workspace, Document]:
    workspace = workspace or Workspace()
    document = Document(f"file://{path}", path, 1, text, workspace.encoding)
    workspace.sources.documents[real(path)] = document
    return workspace, document


@settings(derandomize=True, max_examples=60, deadline=None)
@given(text=EDITED)
def test_coloured_words_come_in_order_and_never_overlap(text: str) -> None:
    workspace, document = opened(text)
    data = list(semantic_tokens(workspace, types.SemanticTokensParams(IDENTIFIER)).data)
    line = column = until = 0
    for i in range(0, len(data), 5):
        down, right, length, kind, _ = data[i : i + 5]
        column, until = (column + right, until) if down == 0 else (right, 0)
        line += down
        assert min(down, right, length) >= 0
        assert column >= until
        assert kind < len(LEGEND.token_types)
        start = document.lines.offset(types.Position(line, column))
        until = column + length
        assert document.lines.offset(types.Position(line, until)) > start


@settings(derandomize=True, max_examples=60, deadline=None)
@given(text=EDITED, place=st.floats(0, 1))
def test_what_is_offered_replaces_only_the_word_at_the_cursor(text: str, place: float) -> None:
    workspace, document = opened(text)
    here = document.lines.position(int(place * len(text)))
    items = completion(workspace, types.CompletionParams(IDENTIFIER, here)).items
    assert len({item.label for item in items}) == len(items)
    for item in items:
        assert isinstance(item.text_edit, types.TextEdit)
        start, end = item.text_edit.range.start, item.text_edit.range.end
        assert start.line == end.line == here.line
        assert start.character <= here.character <= end.character


def declared() -> Iterator[Symbol]:
    analysis = Workspace().analyses(str(RETAIL / "retail.place"))[0]
    kinds = ("fact", "constant", "device", "resource", "app", "unit")
    for mention in all_mentions(analysis):
        if mention.declares and mention.symbol.kind in kinds:
            yield mention.symbol


@pytest.mark.parametrize("symbol", list(declared()), ids=lambda symbol: f"{symbol.kind} {symbol.name}")
def test_a_fleet_whose_names_are_changed_means_the_same(symbol: Symbol, tmp_path: Path) -> None:
    folder = shutil.copytree(RETAIL, tmp_path / "retail")
    root = str(folder / "retail.place")
    workspace = Workspace()
    before = workspace.analyses(root)[0]
    assert before.diagnostics == ()
    mention = next(m for m in all_mentions(before) if m.symbol == symbol and m.declares)
    workspace, document = opened(Path(mention.span.path).read_text(), mention.span.path, workspace)
    here = document.lines.position(mention.span.end)
    edit = rename(
        workspace, types.RenameParams(types.TextDocumentIdentifier(document.uri), here, "fresh-name")
    )
    for uri, edits in (edit.changes or {}).items():
        path = uri.removeprefix("file://")
        text = Path(path).read_text()
        for one in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
            text = replaced(text, one)
        opened(text, path, workspace)
    after = workspace.analyses(root)[0]
    assert after.diagnostics == ()
    fresh = [m for m in all_mentions(after) if "fresh-name" in (m.symbol.name, m.symbol.app)]
    assert len(fresh) == sum(symbol.name in (m.symbol.name, m.symbol.app) for m in all_mentions(before))
