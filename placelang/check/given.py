"""`given`: what a test changes of its inventory, as far as the program can tell whether that can be."""

from __future__ import annotations

from collections.abc import Mapping

from placelang import syntax
from placelang.check.choices import not_a_choice, outside
from placelang.check.faults import describe, listed, quoted
from placelang.check.names import undeclared
from placelang.check.scope import LABELLED, Scope, Wrong
from placelang.check.values import settled, text
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.expectations import Given, GivenFact, GivenGone, GivenLike, GivenUp, Named, Recorded
from placelang.expressions import Constant
from placelang.facts import FACTS, PLURALS
from placelang.frozen import dataclass
from placelang.program import ResourceSpec
from placelang.types import BOOL, Type, Value, spell

LISTS = {"site": ("hosts",), "host": ("gpus", "devices")}
"""The lists that things of a noun have."""

_ADDED = ("host", "gpu", "device")


@dataclass(frozen=True, slots=True)
class Declared:
    """What inventories record beside built-in facts: labels by noun and name, and resources, None for one whose
    declaration is at fault."""

    labels: frozenset[tuple[str, str]]
    resources: Mapping[str, ResourceSpec | None]


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """A fact that an inventory records, and of what type it is."""

    recorded: Recorded
    name: str
    type: Type


def check_given(node: syntax.Given | syntax.GivenLike, declared: Declared, scope: Scope) -> Given | None:
    """The change; None, said why, if it is at fault."""
    noun = _noun(node.noun, scope)
    subject = _name(node.subject, noun or "thing", scope)
    if isinstance(node, syntax.GivenLike):
        return _like(node, noun, subject, scope)
    if noun is None or subject is None:
        return None
    change = _Change(node.span, noun, subject)
    if node.fact is None and node.state is not None:
        return _state(node.state, change, declared, scope)
    fact = recorded_fact(node.fact, noun, declared, scope) if node.fact else None
    if fact is None:
        return None
    if node.value is not None:
        value = _value(node.value, fact, noun, scope)
        return None if value is None else change.of(fact, value)
    if node.state is not None and node.state.text != "unknown":
        message = f"a fact is `unknown` or has a value, and {quoted(node.state.text)} is neither"
        near = scope.faults.suggestion(node.state.text, ["unknown"])
        scope.faults.error(
            Code.UNKNOWN_NAME, node.state.span, message, hint=near or f"write `{fact.name} = …`"
        )
        return None
    return change.of(fact, None)


@dataclass(frozen=True, slots=True)
class _Change:
    """A `given` of which it is open what is changed."""

    span: Span
    noun: str
    subject: Named

    def of(self, fact: RecordedFact, value: Value | None) -> GivenFact:
        """The change of a fact to `value`, or to unknown."""
        return GivenFact(self.noun, self.subject, fact.recorded, fact.name, fact.type, value, self.span)


def _noun(name: syntax.Name, scope: Scope) -> str | None:
    if name.text in LABELLED:
        return name.text
    near = {plural: noun for plural, noun in PLURALS.items() if noun in LABELLED} | {n: n for n in LABELLED}
    message = f"a test can change a {listed(LABELLED)}, and {quoted(name.text)} is none of them"
    scope.faults.unknown(name.span, message, name.text, near)
    return None


def _name(node: syntax.String, noun: str, scope: Scope) -> Named | None:
    found = text(node, f"the name of a {noun}", scope)
    return Named(found, node.span) if found is not None else None


def _like(node: syntax.GivenLike, noun: str | None, subject: Named | None, scope: Scope) -> GivenLike | None:
    model = _name(node.model, noun or "thing", scope)
    if noun == "site":
        message = "a site is not added: its hosts would need names too"
        hint = "add hosts to a site that there is"
        scope.faults.error(Code.MISPLACED, node.noun.span, message, hint=hint)
    if noun not in _ADDED or subject is None or model is None:
        return None
    if subject.text == model.text:
        scope.faults.error(
            Code.SELF_REFERENCE, node.model.span, f"{quoted(model.text)} is like itself", hint="name another"
        )
        return None
    return GivenLike(noun, subject, model, node.span)


def _state(state: syntax.Name, change: _Change, declared: Declared, scope: Scope) -> Given | None:
    """`is down`, `is gone`, and truths that are recorded: `is closed`."""
    word, noun = state.text, change.noun
    if word == "gone":
        return GivenGone(noun, change.subject, change.span)
    if word in {"up", "down"} and noun == "site":
        return GivenUp(change.subject, word == "up", change.span)
    if word in {"up", "down"} and noun == "host":
        return change.of(RecordedFact(Recorded.FACT, "up", BOOL), word == "up")
    if word == "unknown":
        message = "this does not say which of its facts is unknown"
        hint = f"name it: `{_example(noun)} is unknown`"
        scope.faults.error(Code.MISSING_VALUE, state.span, message, hint=hint)
        return None
    if scope.fact(noun, word) is None and undeclared(state, scope.inside(noun)) is None:
        _unknown_state(state, noun, scope)
        return None
    fact = recorded_fact(state, noun, declared, scope)
    if fact is not None and fact.type != BOOL:
        message = f"{quoted(word)} is {describe(fact.type)}: a {noun} has it rather than is it"
        scope.faults.error(Code.WRONG_TYPE, state.span, message, hint=f"give it a value: `{word} = …`")
        return None
    return change.of(fact, True) if fact is not None else None


def _example(noun: str) -> str:
    return {"site": "country", "device": "kind"}.get(noun, "memory")


def _unknown_state(state: syntax.Name, noun: str, scope: Scope) -> None:
    facts = scope.tables.facts[None][noun].items()
    truths = [name for name, spec in facts if not isinstance(spec, Wrong) and spec.type == BOOL]
    words = ["up", "down", "gone"] if noun in ("site", "host") else ["gone"]
    forms = listed([f"`is {word}`" for word in words] + [f"`{_example(noun)} is unknown`"])
    scope.faults.unknown(
        state.span,
        f"a {noun} cannot be {quoted(state.text)}",
        state.text,
        [*truths, *words],
        hint=f"write {forms}, or declare it: `label {noun}.{state.text}: bool = false`",
    )


# --- facts ---------------------------------------------------------------------------------------------------------


def recorded_fact(name: syntax.Name, noun: str, declared: Declared, scope: Scope) -> RecordedFact | None:
    """The recorded fact of that name; None, said why, if there is none."""
    word = name.text
    if word in LISTS.get(noun, ()):
        return RecordedFact(Recorded.LIST, word, BOOL)
    spec = scope.fact(noun, word)
    if isinstance(spec, Wrong):
        return None
    if spec is None and noun == "host" and word in declared.resources:
        resource = declared.resources[word]
        return RecordedFact(Recorded.RESOURCE, word, resource.type) if resource else None
    if spec is None:
        label = undeclared(name, scope.inside(noun))
        if label is None:
            _unknown_fact(name, noun, declared, scope)
        return RecordedFact(Recorded.LABEL, label.name, label.type) if label and label.noun == noun else None
    if word in FACTS[noun] and word != "name" and spec.of is None:
        return RecordedFact(Recorded.FACT, word, spec.type)
    if (noun, word) in declared.labels:
        return RecordedFact(Recorded.LABEL, word, spec.type)
    _not_recorded(name, noun, scope)
    return None


def _unknown_fact(name: syntax.Name, noun: str, declared: Declared, scope: Scope) -> None:
    word = name.text
    own = list(scope.tables.facts[None][noun]) if scope.faults.offers else []
    known = [*own, *LISTS.get(noun, ()), *(declared.resources if noun == "host" else ())]
    other = next((one for one in LABELLED if one != noun and scope.fact(one, word)), None)
    hint = f"declare it: `label {noun}.{word}: TYPE`"
    if word.removeprefix(f"{noun}.") in known:
        known, hint = [], f"write `{word.removeprefix(f'{noun}.')}`: a test says before whose fact it is"
    elif other is not None:
        known, hint = [], f'it is one of a {other}: `given {other} "…" {word} …`'
    scope.faults.unknown(name.span, f"a {noun} has no fact {quoted(word)}", word, known, hint=hint)


def _not_recorded(name: syntax.Name, noun: str, scope: Scope) -> None:
    word = name.text
    if word == "name":
        why, hint = f"the name says which {noun} is meant", "change another fact"
    elif word.startswith("device."):
        why = "devices are counted, one by one"
        hint = 'take one away: `given device "HOST/NAME" is gone`, or add one: `given device "HOST/NEW" like "…"`'
    elif word in FACTS[noun]:
        why, hint = f"{quoted(word)} is of two sites", "change a fact of one"
    else:
        why, hint = f"{quoted(word)} is derived from other facts", "change what it is derived from"
    scope.faults.error(Code.NOT_RECORDED, name.span, f"{why}: no inventory records it", hint=hint)


def _value(node: syntax.Expression, fact: RecordedFact, noun: str, scope: Scope) -> Value | None:
    if fact.recorded is Recorded.LIST:
        message = f"{quoted(fact.name)} is a list: its things are changed one by one"
        hint = f"write `{fact.name} is unknown`, or change one of them"
        scope.faults.error(Code.NOT_RECORDED, node.span, message, hint=hint)
        return None
    found = settled(node, fact.type, quoted(fact.name), scope)
    return found.value if found is not None and fits(found, fact, noun, scope) else None


def fits(found: Constant, fact: RecordedFact, noun: str, scope: Scope) -> bool:
    """Whether an inventory may record the value of the fact; if not, that is said at its span."""
    choices = scope.tables.choices.get((noun, fact.name)) if fact.recorded is Recorded.LABEL else None
    wrong = outside(found.value, choices) if choices else None
    if wrong is not None and choices:
        kind = fact.type.element or fact.type
        not_a_choice(wrong, choices, kind, (found.span, f"`{noun}.{fact.name}` is"), scope)
        return False
    if fact.recorded is not Recorded.LABEL and isinstance(found.value, float) and found.value < 0:
        shown = spell(found.value, fact.type)
        scope.faults.error(Code.OUT_OF_RANGE, found.span, f"{quoted(fact.name)} is never {shown}")
        return False
    return True
