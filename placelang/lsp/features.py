"""What the server can do, one line each: the request, what answers it, and how the editor is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsprotocol import types

from placelang.lsp.analysis import Workspace
from placelang.lsp.colours import LEGEND, semantic_tokens
from placelang.lsp.completion import completion
from placelang.lsp.hover import hover
from placelang.lsp.navigate import definition, prepare_rename, references, rename
from placelang.lsp.outline import document_symbols
from placelang.lsp.repair import code_actions, formatting

_COMPLETION = types.CompletionOptions(trigger_characters=[".", '"', "{"])
_ACTIONS = types.CodeActionOptions([types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll])

FEATURES: dict[str, tuple[Callable[[Workspace, Any], object], object]] = {
    types.TEXT_DOCUMENT_CODE_ACTION: (code_actions, _ACTIONS),
    types.TEXT_DOCUMENT_COMPLETION: (completion, _COMPLETION),
    types.TEXT_DOCUMENT_DEFINITION: (definition, None),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (document_symbols, None),
    types.TEXT_DOCUMENT_FORMATTING: (formatting, None),
    types.TEXT_DOCUMENT_HOVER: (hover, None),
    types.TEXT_DOCUMENT_PREPARE_RENAME: (prepare_rename, None),
    types.TEXT_DOCUMENT_REFERENCES: (references, None),
    types.TEXT_DOCUMENT_RENAME: (rename, None),
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: (semantic_tokens, LEGEND),
}
