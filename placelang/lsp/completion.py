"""Completion: what may be written at the cursor, as the editor wants it.

Names are those of the last analysis: while a word is typed nothing waits for the file to be checked again.
"""

from __future__ import annotations

from lsprotocol.types import (
    CompletionItem,
    CompletionList,
    CompletionParams,
    InsertTextFormat,
    MarkupContent,
    MarkupKind,
    Range,
    TextEdit,
)

from placelang.lsp.analysis import Workspace
from placelang.lsp.cursor import cursor_at
from placelang.lsp.offers import Offer, offers


def completion(workspace: Workspace, params: CompletionParams) -> CompletionList:
    """All that may be written at a position."""
    document = workspace.document(params.text_document.uri)
    analysis = workspace.last(document.path) if document else None
    cursor = cursor_at(document.text, document.lines.offset(params.position)) if document else None
    if document is None or analysis is None or cursor is None:
        return CompletionList(is_incomplete=False, items=[])
    lines = document.lines
    place = Range(lines.position(cursor.start), lines.position(cursor.end))
    found: dict[str, Offer] = {}
    for offer in offers(cursor, analysis, document.path):
        found.setdefault(offer.text, offer)
    items = [_item(offer, place, number) for number, offer in enumerate(found.values())]
    return CompletionList(is_incomplete=False, items=items)


def _item(offer: Offer, place: Range, number: int) -> CompletionItem:
    return CompletionItem(
        label=offer.text,
        kind=offer.kind,
        detail=offer.detail or None,
        documentation=MarkupContent(MarkupKind.Markdown, offer.meaning) if offer.meaning else None,
        sort_text=f"{number:04}",
        filter_text=offer.text,
        text_edit=TextEdit(place, offer.text),
        insert_text_format=InsertTextFormat.PlainText,
    )
