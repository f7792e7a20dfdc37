"""What a name stands for: the same symbol wherever it is named, and the part of the text that names it.

The checker's own tables decide, so that an editor and `placelang check` never disagree; what is declared with a fault
still has a symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from placelang.check.scope import Tables
from placelang.diagnostics import Span
from placelang.facts import AMOUNTS, FACTS, METRICS, PLURALS, PROFILE, STATISTICS
from placelang.lsp.analysis import Analysis
from placelang.lsp.uses import Place, Role, Use

FUNCTIONS = {
    "any": ("bool", "whether the predicate is true of one of them"),
    "all": ("bool", "whether the predicate is true of every one of them"),
    "count": ("number", "how many of them there are"),
    "sum": ("the type of what is summed", "the sum of a fact over them"),
    "known": ("bool", "whether the value is known"),
    "secret": ("string", "a secret by its name, which only the host resolves"),
    "address": ("string", "how to reach a service from here"),
    "model": ("what is measured of a model on a host", "`model(NAME).p95`; elsewhere `host.model(NAME).p95`"),
}
"""The functions of the language: what each returns, and what it means."""


class Symbol(NamedTuple):
    """`kind` says what it is; `app` and `noun` where it belongs, if anywhere."""

    kind: str
    name: str
    app: str = ""
    noun: str = ""


class Mention(NamedTuple):
    """A place where a symbol is named; `span` is the part that is its own name."""

    symbol: Symbol
    span: Span
    declares: bool


def mentions(use: Use, names: Tables) -> Iterator[Mention]:
    """What the name stands for: nothing if nobody knows, two things for `app.service`."""
    find = _FINDERS.get(use.role)
    for symbol, length in find(use, names) if find else ():
        text = use.name.text
        end = use.name.span.end - (len(text) - len(text.partition(".")[0]) if symbol.kind == "app" else 0)
        span = Span(use.name.span.path, end - length, end)
        yield Mention(symbol, span, use.role.name.startswith("NEW_"))


def all_mentions(analysis: Analysis) -> Iterator[Mention]:
    """Every mention in a fleet, file by file."""
    for module in analysis.modules.modules:
        for use in analysis.uses(module):
            yield from mentions(use, analysis.names)


Found = Iterator[tuple[Symbol, int]]
"""Symbols, each with the length of the part of the name that is its own."""


def _new(kind: str) -> Callable[[Use, Tables], Found]:
    def find(use: Use, _: Tables) -> Found:
        app = use.place.app.name.text if use.place.app else ""
        yield Symbol(kind, use.name.text, app), len(use.name.text)

    return find


def _new_fact(use: Use, names: Tables) -> Found:
    noun, _, name = use.name.text.partition(".")
    yield from _fact(noun, name, use.place, names) or [(Symbol("fact", name, "", noun), len(name))]


def _fact(noun: str, name: str, place: Place, names: Tables) -> list[tuple[Symbol, int]]:
    """The fact of that noun, if there is one; a count of devices is the device itself."""
    device = name.removeprefix("device.")
    if noun == "host" and device != name and name in names.facts[None]["host"]:
        return [(Symbol("device", device), len(device))]
    app = place.app.name.text if place.app else ""
    for owner in (app, None):
        if name in names.facts.get(owner or None, {}).get(noun, {}):
            return [(Symbol("fact", name, owner or "", noun), len(name))]
    if name in (names.inventory or {}).get(noun, {}):
        return [(Symbol("fact", name, "", noun), len(name))]
    return []


def _value(use: Use, names: Tables) -> Found:
    """A fact or a constant; the latter unless the noun in scope has a fact of that name."""
    text, place = use.name.text, use.place
    if place.metrics and text in METRICS:
        yield Symbol("metric", text), len(text)
        return
    head, _, rest = text.partition(".")
    facts = _fact(place.noun, text, place, names) if place.noun else []
    constants = _constant(text, place, names)
    prefixed = _fact(head, rest, place, names) if rest and head in place.reach else []
    variant = [(Symbol("variant", text), len(text))] if place.at_its_host and text == "variant" else []
    yield from facts or constants or prefixed or variant


def _constant(name: str, place: Place, names: Tables) -> list[tuple[Symbol, int]]:
    app = place.app.name.text if place.app else ""
    for owner in (app, None):
        if name in names.constants.get(owner or None, {}):
            return [(Symbol("constant", name, owner or ""), len(name))]
    return []


def _function(use: Use, names: Tables) -> Found:
    text = "model" if use.name.text == "host.model" else use.name.text
    if text in FUNCTIONS or (use.place.metrics and text in STATISTICS):
        yield Symbol("function", text), len(text)
    else:
        yield from _value(use, names)


def _noun(use: Use, _: Tables) -> Found:
    noun = PLURALS.get(use.name.text, use.name.text)
    if noun in FACTS:
        yield Symbol("noun", noun), len(use.name.text)


def _key(use: Use, names: Tables) -> Found:
    text = use.name.text
    head, _, rest = text.partition(".")
    if text in ("zone", "rack"):
        yield from _fact("host", text, use.place, names)
    elif rest:
        yield from _fact(head, rest, use.place, names)
    else:
        yield from _noun(use, names)


def _service(use: Use, _: Tables) -> Found:
    app, _dot, name = use.name.text.rpartition(".")
    if app:
        yield Symbol("app", app), len(app)
        yield Symbol("unit", name, app), len(name)
    elif use.place.app:
        yield Symbol("unit", name, use.place.app.name.text), len(name)
    else:
        yield Symbol("app", name), len(name)


def _model(use: Use, names: Tables) -> Found:
    app, name = use.place.app.name.text if use.place.app else None, use.name.text
    yield Symbol("model", name, app if app and name in names.models.get(app, ()) else ""), len(name)


def _watched(use: Use, names: Tables) -> Found:
    """A model, or a service of the app."""
    app = use.place.app.name.text if use.place.app else None
    models = (*names.models.get(app, ()), *names.models.get(None, ()))
    yield from _model(use, names) if use.name.text in models else _service(use, names)


def _profile(use: Use, _: Tables) -> Found:
    if use.name.text in PROFILE:
        yield Symbol("profile", use.name.text), len(use.name.text)


def _plain(kind: str) -> Callable[[Use, Tables], Found]:
    def find(use: Use, _: Tables) -> Found:
        yield Symbol(kind, use.name.text), len(use.name.text)

    return find


def _resource(use: Use, _: Tables) -> Found:
    """A resource of the fleet's, or the fact that a built-in one consumes."""
    text = use.name.text
    if text in AMOUNTS:
        yield Symbol("fact", AMOUNTS[text], "", "host"), len(text)
    else:
        yield Symbol("resource", text), len(text)


def _given(use: Use, names: Tables) -> Found:
    yield from _fact(use.place.noun or "", use.name.text, use.place, names)


_FINDERS: dict[Role, Callable[[Use, Tables], Found]] = {
    Role.NEW_APP: _plain("app"),
    Role.NEW_UNIT: _new("unit"),
    Role.NEW_POLICY: _plain("policy"),
    Role.NEW_MODEL: _new("model"),
    Role.NEW_CONSTANT: _new("constant"),
    Role.NEW_FACT: _new_fact,
    Role.NEW_RESOURCE: _plain("resource"),
    Role.NEW_DEVICE: _plain("device"),
    Role.VALUE: _value,
    Role.FUNCTION: _function,
    Role.NOUN: _noun,
    Role.KEY: _key,
    Role.SERVICE: _service,
    Role.JOB: _service,
    Role.MODEL: _model,
    Role.WATCHED: _watched,
    Role.PROFILE: _profile,
    Role.RESOURCE: _resource,
    Role.DEVICE: _plain("device"),
    Role.GIVEN: _given,
    Role.TYPE: _plain("type"),
    Role.OBJECTIVE: _plain("objective"),
}
