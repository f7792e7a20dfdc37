"""What other tools say of where something may run, as a placement file: one module a tool, all listed in `KINDS`.

A module says in `SOURCE` what its files are, and `translate(documents, draft)` says of each document whether it was
understood. What comes of it is in canonical form, and has a comment for each rule that has no counterpart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from types import ModuleType

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Severity, Source, Span
from placelang.format import format_source
from placelang.importers.record import Record
from placelang.importers.texts import Text, read_texts
from placelang.inventory.model import Place
from placelang.inventory.values import Wrong, described
from placelang.manifests import compose, horizon, kubernetes, nomad
from placelang.manifests.draft import Draft
from placelang.manifests.written import comment

KINDS: Mapping[str, ModuleType] = {
    "compose": compose,
    "horizon": horizon,
    "kubernetes": kubernetes,
    "nomad": nomad,
}
LIMIT = 16 * 2**20
"""The most bytes that a file may have."""

__all__ = ["KINDS", "LIMIT", "Translated", "import_rules"]


@dataclass(frozen=True, slots=True)
class Translated:
    """`text` is a placement file. `blocks` are its services and jobs; `bad` documents are left out; `partial` ones lack
    a rule that keeps hosts away, or a value that is wrong. `kept` and `left` count the rules of each kind that became
    clauses, and that are comments."""

    text: str
    blocks: int
    partial: int
    bad: int
    kept: Mapping[str, int]
    left: Mapping[str, int]
    diagnostics: tuple[Diagnostic, ...]


def import_rules(kind: str, sources: Iterable[Source]) -> Translated:
    """The placement file for what stands in files of a tool. Raises KeyError for a kind that is not in `KINDS`."""
    module = KINDS[kind]
    draft = Draft()
    diagnostics: list[Diagnostic] = []
    texts: list[Text] = []
    bad = 0
    names = []
    for source in sources:
        found, faults = _read(module, source)
        diagnostics += _explained(source, faults) if module is kubernetes else faults
        bad += sum(fault.severity is Severity.ERROR for fault in faults)
        names.append(PurePath(source.path).name)
        texts += found
    draft.heading.append(f"From {module.SOURCE}: {comment(', '.join(names))}")
    records = [record for text in texts for record in _records(text)]
    good = [record for record in records if not record.faults]
    taken, refused = module.translate(good, draft)
    for text in texts:
        told = [one for one in _once([*records, *taken, *refused]) if one.text is text]
        diagnostics += text.diagnose([fault for one in told for fault in one.faults])
    return Translated(
        text=canonical(draft),
        blocks=sum(len(app.blocks) for app in draft.apps.values()),
        partial=len({id(one) for one in [*good, *taken] if one.faults} - {id(one) for one in refused}),
        bad=bad + len(records) - len(good) + len(refused),
        kept=dict(sorted(draft.tally.kept.items())),
        left=dict(sorted(draft.tally.left.items())),
        diagnostics=tuple(diagnostics),
    )


def _read(module: ModuleType, source: Source) -> tuple[list[Text], list[Diagnostic]]:
    """The documents of a file, in the tool's own language if it has one."""
    if module is nomad:
        return nomad.read(source)
    return read_texts(source, merge=True)


def canonical(draft: Draft) -> str:
    """The draft as the formatter writes it."""
    text, faults = format_source(Source("imported.place", draft.text()))
    if text is None:
        raise ValueError(faults[0].message, draft.text())
    return text


def _explained(source: Source, faults: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """What is wrong with the text; of a template, only that it is one."""
    at = source.text.find("{{")
    wrong = [fault for fault in faults if fault.severity is Severity.ERROR]
    if not wrong or at < 0:
        return faults
    message = "this is a template, and what is made of it can be imported"
    hint = "render it first: `helm template NAME CHART`"
    return (Diagnostic(Code.INVENTORY_SYNTAX, message, Span(source.path, at, at + 2), hint=hint),)


def _records(text: Text) -> Iterable[Record]:
    """Each map that the document is, or has as its items; anything else with what is wrong with it."""
    items = text.data if isinstance(text.data, list) else [text.data]
    for index, one in enumerate(items):
        place: Place = (index,) if isinstance(text.data, list) else ()
        if isinstance(one, dict):
            yield Record(text, place, one)
        else:
            record = Record(text, place, {})
            record.fault(Wrong(Code.WRONG_TYPE, f"a map is due here, not {described(one)}"))
            yield record


def _once(records: Iterable[Record]) -> Iterable[Record]:
    """Each record once, whatever it holds."""
    return {id(record): record for record in records}.values()
