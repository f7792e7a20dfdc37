"""What may be written at a cursor: the grammar's words, and the names and values of the fleet and its inventory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from lsprotocol.types import CompletionItemKind as Kind

from placelang import syntax
from placelang.check.container import CAPABILITIES
from placelang.check.models import PROVIDERS
from placelang.check.scope import INSIDE, LABELLED, Wrong
from placelang.facts import AMOUNTS, FACTS, KEYS, METRICS, NOUNS, STATISTICS, FactSpec
from placelang.lsp.analysis import Analysis
from placelang.lsp.cursor import Cursor
from placelang.lsp.describe import units
from placelang.lsp.symbols import FUNCTIONS
from placelang.lsp.values import names_of, values_of
from placelang.lsp.words import OBJECTIVES, WORDS
from placelang.parse import grammar_table
from placelang.types import NAMED, UNITS

MOST = 500
"""So many values or names of one sort are offered."""

_UNIT = re.compile(r"[A-Za-z%]*\Z")
_STATED = 4
"""So many words has `given host "x" is`; with more, a fact is named."""
_SETS = ("any", "all", "count", "sum")


@dataclass(frozen=True, slots=True)
class Offer:
    """`text` is written; `detail` stands beside it, `meaning` explains it."""

    text: str
    kind: Kind
    detail: str = ""
    meaning: str = ""


def offers(cursor: Cursor, analysis: Analysis, path: str) -> Iterator[Offer]:
    """All that fits, the likeliest first; a name may come twice."""
    if cursor.quote == "0":
        yield from _units(cursor)
    elif cursor.quote == "$":
        yield from _values(cursor, analysis)
    elif cursor.quote:
        yield from _texts(cursor, analysis, path)
    else:
        yield from _names(cursor, analysis)
        yield from _keywords(cursor)


def _keywords(cursor: Cursor) -> Iterator[Offer]:
    for text, terminal in grammar_table().words.items():
        if terminal in cursor.expected:
            yield Offer(text, Kind.Keyword, meaning=WORDS.get(text, ""))


def _units(cursor: Cursor) -> Iterator[Offer]:
    """The number with each unit."""
    number = _UNIT.sub("", cursor.text)
    for unit, (kind, _) in UNITS.items():
        if unit:
            yield Offer(number + unit, Kind.Unit, str(kind))


# --- names ---------------------------------------------------------------------------------------------------------


def _names(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    """What a name could stand for, by the word before it, or else by its clause; else it is part of an expression."""
    if cursor.expected and "NAME" not in cursor.expected:
        return
    texts = [text for _, text in cursor.clause if text != "prefer"]
    first = texts[0] if texts else ""
    find = _AFTER.get(cursor.back(1)[1]) or (None if cursor.noun else _WITHIN.get(first))
    if find:
        yield from find(cursor, analysis)
    elif not cursor.expected or "LPAR" in cursor.expected:
        yield from _values(cursor, analysis)


def _values(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    """Facts, constants and functions; sets of things where one is due."""
    (last, _), (_, function) = cursor.back(1), cursor.back(2)
    if last == "LPAR" and function in _SETS[:3]:
        yield from (
            Offer(plural, Kind.Struct) for plural in INSIDE.get(cursor.reach[0] if cursor.reach else "", ())
        )
        return
    if not cursor.quote:
        yield from (Offer(value, Kind.Value) for value in _known_values(cursor, analysis, '"'))
    yield from _facts(cursor, analysis)
    for app in (cursor.app, None) if cursor.app else (None,):
        for name, constant in analysis.names.constants.get(app, {}).items():
            yield Offer(name, Kind.Constant, "" if isinstance(constant, Wrong) else str(constant.type))
    if cursor.reach and not cursor.quote:
        wanted = [name for name in FUNCTIONS if name not in _SETS or INSIDE.get(cursor.reach[0])]
        yield from (Offer(name, Kind.Function, FUNCTIONS[name][0], FUNCTIONS[name][1]) for name in wanted)


def _facts(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    for noun in cursor.reach:
        for name, spec in _facts_of(noun, cursor.app, analysis):
            detail = str(spec.type) if isinstance(spec, FactSpec) else ""
            meaning = spec.meaning if isinstance(spec, FactSpec) else ""
            shown = name if noun == cursor.noun else f"{noun}.{name}"
            yield Offer(shown, Kind.Property, detail, meaning)


def _facts_of(noun: str, app: str | None, analysis: Analysis) -> Iterator[tuple[str, FactSpec | Wrong]]:
    for owner in (app, None) if app else (None,):
        yield from analysis.names.facts.get(owner, {}).get(noun, {}).items()
    for name, kind in (analysis.names.inventory or {}).get(noun, {}).items():
        if name not in analysis.names.facts[None][noun]:
            yield name, FactSpec(noun, name, kind, "a label of the inventory that no file declares")


def _keys(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    yield from (Offer(key, Kind.Keyword) for key in KEYS)
    for noun in ("site", "host"):
        for name, spec in _facts_of(noun, cursor.app, analysis):
            if isinstance(spec, FactSpec) and spec.type.name == "string" and not spec.of and name not in KEYS:
                yield Offer(f"{noun}.{name}", Kind.Property, str(spec.type), spec.meaning)


def _services(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    """The services of this app by their names, those of others by their full names."""
    for app in _nodes(analysis, syntax.App):
        for clause in app.clauses:
            if isinstance(clause, syntax.Service | syntax.Job):
                own = app.name.text == cursor.app
                full = f"{app.name.text}.{clause.name.text}"
                yield Offer(clause.name.text if own else full, Kind.Class, type(clause).__name__.lower())


def _resources(_: Cursor, analysis: Analysis) -> Iterator[Offer]:
    for name, fact in AMOUNTS.items():
        spec = FACTS["host"][fact]
        yield Offer(name, Kind.Property, str(spec.type), spec.meaning)
    for node in _nodes(analysis, syntax.ResourceDeclaration):
        yield Offer(node.name.text, Kind.Property, node.type.name.text)


def _needs(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    """Resources, or, after one, an amount."""
    if cursor.back(1)[0] in ("NEEDS", "COMMA"):
        yield from _resources(cursor, analysis)
    else:
        yield from _values(cursor, analysis)


def _objectives(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    if cursor.back(1)[1] == "balance":
        yield from _resources(cursor, analysis)
    elif cursor.back(1)[0] in ("OPTIMIZE", "COMMA"):
        yield from (Offer(name, Kind.EnumMember, meaning=meaning) for name, meaning in OBJECTIVES.items())


def _types(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    """The type of what is declared, or its default, or, of a label, its noun."""
    (last, _), count = cursor.back(1), len(cursor.clause)
    if count == 1 and last == "LABEL":
        yield from _nouns(cursor, analysis)
    elif last == "COLON" or (last == "LSQB" and cursor.back(2)[0] == "COLON"):
        for name, kind in NAMED.items():
            yield Offer(name, Kind.TypeParameter, meaning=units(kind.name) or "")
    elif count > 1:
        yield from _values(cursor, analysis)


def _let(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    yield from _nouns(cursor, analysis) if len(cursor.clause) == 1 else _values(cursor, analysis)


def _nouns(_: Cursor, __: Analysis) -> Iterator[Offer]:
    return (Offer(f"{noun}.", Kind.Struct, meaning=NOUNS[noun]) for noun in LABELLED)


def _given(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    """A noun, then the fact of what is named, then what it is."""
    (last, _), words = cursor.back(1), [text for _, text in cursor.clause]
    if len(words) == 1:
        yield from (Offer(noun, Kind.Struct, meaning=NOUNS[noun]) for noun in LABELLED)
        return
    facts = [
        (name, str(spec.type))
        for name, spec in _facts_of(words[1], None, analysis)
        if isinstance(spec, FactSpec)
    ]
    if last in ("STRING", "RAW"):
        yield from (Offer(name, Kind.Property, kind) for name, kind in facts)
    elif last == "IS" and len(words) > _STATED:
        yield Offer("unknown", Kind.EnumMember)
    elif last == "IS":
        yield from (Offer(state, Kind.EnumMember) for state in ("up", "down", "gone"))
        yield from (Offer(name, Kind.Property, kind) for name, kind in facts if kind == "bool")


def _devices(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    """The kinds of devices, unless one is being declared."""
    for node in _nodes(analysis, syntax.DeviceDeclaration) if len(cursor.clause) > 1 else ():
        yield Offer(node.name.text, Kind.Class, "device")


def _models(_: Cursor, analysis: Analysis) -> Iterator[Offer]:
    return (Offer(node.name.text, Kind.Class, "model") for node in _nodes(analysis, syntax.Model))


def _targets(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    """What a monitor can watch."""
    yield from _models(cursor, analysis)
    yield from (
        offer for offer in _services(cursor, analysis) if offer.detail == "service" and "." not in offer.text
    )


def _watched(cursor: Cursor, analysis: Analysis) -> Iterator[Offer]:
    """The job that a rule runs; then the metrics that it compares, and what makes one value of many."""
    kinds = [kind for kind, _ in cursor.clause]
    if "WHEN" not in kinds:
        yield from (offer for offer in _services(cursor, analysis) if offer.detail == "job")
        return
    many = cursor.back(1)[0] == "LPAR" and cursor.back(2)[1] in STATISTICS
    for name, spec in METRICS.items():
        if not many or spec.many:
            yield Offer(name, Kind.Property, str(spec.type), spec.meaning)
    if not many:
        yield from (Offer(name, Kind.Function, meaning=meaning) for name, meaning in STATISTICS.items())


def _plain(kind: Kind, names: Sequence[str], detail: str = "") -> Find:
    return lambda _, __: (Offer(name, kind, detail) for name in names)


def _nodes(analysis: Analysis, kind: type[N]) -> Iterator[N]:
    """The nodes of a kind at top level and in apps."""
    for module in analysis.modules.modules:
        for statement in module.tree.statements:
            if isinstance(statement, kind):
                yield statement
            elif isinstance(statement, syntax.App):
                for clause in statement.clauses:
                    if isinstance(clause, kind):
                        yield clause


Find = Callable[[Cursor, Analysis], Iterator[Offer]]
N = TypeVar("N", syntax.App, syntax.DeviceDeclaration, syntax.Model, syntax.ResourceDeclaration)

_AFTER: dict[str, Find] = {
    **dict.fromkeys(("per", "over", "same", "different"), _keys),
    **dict.fromkeys(("as", "than", "after", "link", "out", "undecided"), _services),
    "device": _devices,
    "reserve": _resources,
    "capability": _plain(Kind.EnumMember, CAPABILITIES, "capability"),
}
"""By the word before the name, what it could be."""

_WITHIN: dict[str, Find] = {
    **dict.fromkeys(("param", "label", "resource"), _types),
    "serves": _models,
    "monitor": _targets,
    **dict.fromkeys(("expect", "link"), _services),
    **dict.fromkeys(("alert", "roll", "run"), _watched),
    "given": _given,
    "let": _let,
    "needs": _needs,
    "optimize": _objectives,
    "providers": _plain(Kind.EnumMember, PROVIDERS, "execution provider"),
    "survive": _plain(Kind.Keyword, ("host", "zone")),
}
"""By the first word of the clause, outside of predicates."""


# --- texts ---------------------------------------------------------------------------------------------------------


def _texts(cursor: Cursor, analysis: Analysis, path: str) -> Iterator[Offer]:
    """What may stand in the string around the cursor."""
    last, word = cursor.back(1)
    if last == "IMPORT":
        yield from (Offer(name, Kind.File) for name in _files(path, (".place",)))
    elif last == "INVENTORY":
        yield from (Offer(name, Kind.File) for name in _files(path, (".yaml", ".yml", ".json")))
    elif word in ("site", "host") and cursor.clause[0][0] in ("EXPECT", "GIVEN"):
        yield from (Offer(name, Kind.Value) for name in names_of(word, analysis))
    else:
        yield from (Offer(value, Kind.Value) for value in _known_values(cursor, analysis, ""))


def _known_values(cursor: Cursor, analysis: Analysis, quote: str) -> Iterable[str]:
    """The values that the fact before a comparison has."""
    clause = list(cursor.clause)
    if clause and clause[-1][0] in ("LSQB", "COMMA"):
        while clause and clause[-1][0] != "LSQB":
            clause.pop()
        clause = clause[:-1]
        if not clause or clause[-1][0] != "IN":
            return ()
    if clause and clause[0][0] == "GIVEN":
        cursor = replace(cursor, noun=clause[1][1])
    match clause:
        case [*_, (_, fact), ("EQ" | "NE" | "IN" | "EQUAL", _)]:
            return [f"{quote}{value}{quote}" for value in values_of(fact, cursor, analysis)[:MOST]]
        case _:
            return ()


def _files(path: str, endings: tuple[str, ...]) -> list[str]:
    """Files beside and below, nearest first, as the text would name them."""
    folder = Path(path).parent
    try:
        found = [file for pattern in ("*", "*/*") for file in sorted(folder.glob(pattern))]
    except OSError:
        return []
    names = [
        file.relative_to(folder).as_posix() for file in found if file.suffix in endings and str(file) != path
    ]
    return names[:MOST]
