"""Facts as people look them up: a row for each that the language has built in, or that a fleet declares.

What is built in comes from `placelang.facts`, what is declared from a checked program. Nothing is evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass

from placelang.diagnostics import Span
from placelang.facts import AMOUNTS, FACTS, METRICS, NOUNS, PROFILE, STATISTICS, FactSpec, MetricSpec
from placelang.program import Derived, LabelSpec, Program
from placelang.types import NUMBER, STRING, Type, Value, show

TOPICS = {
    **NOUNS,
    "model": "what is measured of a model on a host",
    "resource": "what `needs` takes from a host",
    "metric": "what the rules of a `monitor` compare",
}
"""What there are facts of: the nouns, and what else is looked up like a fact."""

LITERALS = {
    "string": '"…"',
    "bool": "true",
    "number": "4",
    "bytes": "4GiB",
    "bandwidth": "20Mbps",
    "duration": "80ms",
    "power": "15W",
    "frequency": "2GHz",
    "percent": "20%",
    "version": '"1.2"',
}
"""A value of each type, as an author writes it."""

_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of `topic`; `name` and `example` are as an author writes them."""

    topic: str
    name: str
    type: Type
    meaning: str
    example: str


def built_in() -> tuple[Row, ...]:
    """What every fleet has, in the order of `TOPICS`."""
    facts = [_fact(spec) for specs in FACTS.values() for spec in specs.values()]
    profile = [
        Row("model", f"model(NAME).{name}", spec.type, spec.meaning, spec.example)
        for name, spec in PROFILE.items()
    ]
    metrics = [_metric(spec) for spec in METRICS.values()]
    return (*facts, *profile, *_resources(), *metrics)


def declared(program: Program) -> tuple[Row, ...]:
    """What the fleet of `program` has beside that, by topic and name."""
    rows = [
        *(_label(spec) for spec in program.labels),
        *(_derived(spec, program) for spec in program.derived),
        *(
            Row("host", f"device.{spec.name}", NUMBER, "how many there are", f"device.{spec.name} >= 1")
            for spec in program.devices
        ),
        *(
            Row("resource", spec.name, spec.type, "declared", f"needs {spec.name} {LITERALS[spec.type.name]}")
            for spec in program.resources
        ),
    ]
    order = list(TOPICS)
    return tuple(sorted(rows, key=lambda row: (order.index(row.topic), row.name)))


def _fact(spec: FactSpec) -> Row:
    name = spec.name if spec.of is None else f'{spec.name}("…")'
    return Row(spec.noun, name, spec.type, spec.meaning, spec.example)


def _metric(spec: MetricSpec) -> Row:
    notes = []
    if spec.many:
        notes.append(f"many values: take {', '.join(STATISTICS)}")
    if not spec.service:
        notes.append("models only")
    name = f"{spec.name}({'|'.join(spec.of)})" if spec.of else spec.name
    return Row("metric", name, spec.type, "; ".join([spec.meaning, *notes]), spec.example)


def _resources() -> list[Row]:
    amounts = [
        (name, FACTS["host"][fact].type, f"taken from `host.{fact}`") for name, fact in AMOUNTS.items()
    ]
    return [
        *(
            Row("resource", name, kind, of, f"needs {name} {LITERALS[kind.name]}")
            for name, kind, of in amounts
        ),
        Row("resource", "gpu", NUMBER, "whole GPUs of one host", "needs gpu 1 where memory >= 8GiB"),
        Row("resource", "device", NUMBER, "devices of a declared kind, 1 if left out", "needs device camera"),
    ]


def _label(spec: LabelSpec) -> Row:
    element = spec.type.element or spec.type
    notes = ["label"]
    if spec.choices is not None:
        notes.append("one of " + ", ".join(show(choice, element) for choice in spec.choices))
    if spec.default is not None:
        notes.append(f"{show(spec.default, spec.type)} where none is recorded")
    if spec.external is not None:
        notes.append(f"from {show(spec.external, STRING)}")
    first = spec.choices[0] if spec.choices else None
    return Row(spec.noun, spec.name, spec.type, "; ".join(notes), _condition(spec.name, spec.type, first))


def _derived(spec: Derived, program: Program) -> Row:
    app, _, name = spec.name.rpartition("/")
    written = _written(spec.value.span, program)
    meaning = f"in the app {app}: {written}" if app else f"derived: {written}"
    return Row(spec.noun, name, spec.value.type, meaning, _condition(name, spec.value.type, None))


def _written(span: Span, program: Program) -> str:
    """The text of a span, on one line, cut if it is long."""
    text = next(source.text for source in program.sources if source.path == span.path)
    line = " ".join(text[span.start : span.end].split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _condition(name: str, kind: Type, choice: Value | None) -> str:
    """A condition over a fact of that type."""
    if kind.name == "bool":
        return name
    element = kind.element or kind
    literal = show(choice, element) if choice is not None else LITERALS[element.name]
    if kind.element:
        return f"{literal} in {name}"
    return f"{name} {'==' if kind.name == 'string' else '>='} {literal}"
