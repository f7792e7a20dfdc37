"""An inventory's text as plain data, whether YAML or JSON, and where in the text a place stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source, Span
from placelang.inventory.json_text import locate_json, read_json
from placelang.inventory.model import Place
from placelang.inventory.yaml_text import locate_yaml, read_yaml

MOST = 100
"""How many faults of one file are shown."""


def first_of(faults: Iterable[Diagnostic], *, more: bool = False) -> tuple[Diagnostic, ...]:
    """The first `MOST` faults; the last of them says so if there are more."""
    found = list(islice(faults, MOST + 1))
    shown = found[:MOST]
    if more or len(found) > MOST:
        note = f"only the first {MOST} faults of this file are shown"
        shown[-1] = replace(shown[-1], notes=(*shown[-1].notes, note))
    return tuple(shown)


def read_text(source: Source) -> tuple[dict[str, object] | None, tuple[Diagnostic, ...]]:
    """The map that the document is, as far as it can be read, and what is wrong with the text."""
    if not source.text.strip():
        return None, (_not_a_map(source, "this file is empty"),)
    document, found = read_json(source) if _is_json(source) else read_yaml(source)
    faults = first_of(found)
    if faults and not isinstance(document, dict):
        return None, faults
    if not isinstance(document, dict):
        kind = (
            "a list"
            if isinstance(document, list)
            else "one value"
            if document is not None
            else "nothing at all"
        )
        return None, (_not_a_map(source, f"an inventory is a map, and this is {kind}"),)
    return document, faults


def _not_a_map(source: Source, message: str) -> Diagnostic:
    end = source.text.find("\n")
    span = Span(source.path, 0, end if end >= 0 else len(source.text))
    hint = "begin with `format: placelang/inventory/1`, then `sites:` and a list"
    return Diagnostic(Code.INVENTORY_SYNTAX, message, span, hint=hint)


def locate(source: Source, places: frozenset[Place]) -> dict[Place, tuple[Span | None, Span]]:
    """The key, if it has one, and the value of each of `places` that the document has."""
    return locate_json(source, places) if _is_json(source) else locate_yaml(source, places)


def _is_json(source: Source) -> bool:
    """By the extension, else by the first character: JSON of a map starts with a brace."""
    if source.path.endswith((".yaml", ".yml")):
        return False
    return source.path.endswith(".json") or source.text.lstrip()[:1] == "{"
