"""`--set-fact gbg-1.memory=8GiB`: a fact of one thing, read by the type of the fact, as `--set` reads a parameter."""

from __future__ import annotations

from placelang import syntax
from placelang.check.faults import Faults, describe, quoted
from placelang.check.given import Declared, RecordedFact, fits, recorded_fact
from placelang.check.scope import LABELLED, Scope, Tables
from placelang.check.settings import read_setting
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Span
from placelang.expectations import GivenFact, Named, Recorded
from placelang.expressions import Constant
from placelang.facts import FactSpec
from placelang.inventory import Inventory, inventory_labels
from placelang.program import Program
from placelang.reference import LITERALS
from placelang.testing.alter import unknown
from placelang.testing.things import tables
from placelang.types import NUMBER

UNKNOWN = "unknown"


def read_fact(
    text: Named, program: Program, inventory: Inventory
) -> tuple[GivenFact | None, tuple[Diagnostic, ...]]:
    """`HOST.FACT=VALUE`, or `site:NAME.FACT=VALUE` and the like; `unknown` is a value of every fact. None, said why, if
    there is no such thing or fact, or the value does not fit."""
    name, equals, value = text.text.partition("=")
    prefix, colon, rest = name.partition(":")
    noun, path = (prefix, rest) if colon and prefix in LABELLED else ("host", name)
    if not equals or "." not in path:
        hint = "write `gbg-1.memory=8GiB`, or `gbg-1.memory=unknown`"
        return None, (
            Diagnostic(Code.MALFORMED, f"`{text.text}` is not HOST.FACT=VALUE", text.span, hint=hint),
        )
    start = text.span.start + len(name) - len(path)
    known = tables(inventory)[noun].names
    thing = _thing(path, known)
    subject = Named(thing, Span(text.span.path, start, start + len(thing)))
    if thing not in known:
        return None, (unknown(noun, subject, known, inventory),)
    faults = Faults(complete=True)
    scope = Scope(_tables(program, inventory), faults)
    resources = {spec.name: spec for spec in program.resources}
    declared = Declared(frozenset((spec.noun, spec.name) for spec in program.labels), resources)
    at = Span(text.span.path, subject.span.end + 1, text.span.start + len(name))
    fact = recorded_fact(syntax.Name(at, path[len(thing) + 1 :]), noun, declared, scope)
    found = None
    if fact is not None:
        found = _given(
            GivenFact(noun, subject, fact.recorded, fact.name, fact.type, None, text.span), value, fact, scope
        )
    return found, faults.diagnostics()


def _thing(path: str, known: tuple[str, ...]) -> str:
    """The longest name that the text begins with; if there is none, all before the first dot."""
    cuts = [at for at, character in enumerate(path) if character == "."]
    names = set(known)
    return next((path[:at] for at in reversed(cuts) if path[:at] in names), path.partition(".")[0])


def _given(given: GivenFact, text: str, fact: RecordedFact, scope: Scope) -> GivenFact | None:
    if text == UNKNOWN:
        return given
    at = Span(given.span.path, given.span.end - len(text), given.span.end)
    if fact.recorded is Recorded.LIST:
        hint = f"write `{fact.name}={UNKNOWN}`, or change one of them"
        message = f"{quoted(fact.name)} is a list: its things are changed one by one"
        scope.faults.error(Code.NOT_RECORDED, at, message, hint=hint)
        return None
    quotes = len(text) > 1 and text[0] == text[-1] == '"' and not fact.type.numeric
    value = read_setting(text[1:-1] if quotes else text, fact.type)
    if value is None:
        example = LITERALS.get(fact.type.name, "")
        message = f"{quoted(text)} does not fit: {quoted(fact.name)} is {describe(fact.type)}"
        scope.faults.error(
            Code.WRONG_TYPE, at, message, hint=f"write it like `{example}`" if example else None
        )
        return None
    if not fits(Constant(fact.type, at, value), fact, given.noun, scope):
        return None
    return GivenFact(given.noun, given.subject, given.recorded, given.fact, given.type, value, given.span)


def _tables(program: Program, inventory: Inventory) -> Tables:
    """The facts that there are, as far as a checked program tells."""
    found = Tables(inventory=inventory_labels(inventory))
    facts = found.facts[None]
    for label in program.labels:
        facts[label.noun].setdefault(label.name, FactSpec(label.noun, label.name, label.type, "label"))
        if label.choices is not None:
            found.choices[label.noun, label.name] = label.choices
    for one in program.derived:
        facts[one.noun].setdefault(one.name, FactSpec(one.noun, one.name, one.value.type, "derived"))
    for device in program.devices:
        name = f"device.{device.name}"
        facts["host"].setdefault(name, FactSpec("host", name, NUMBER, "devices"))
    return found
