"""Labels and declared resources: what is written for them, read as their declarations say.

What does not fit its declaration is unknown, with a warning: one mislabelled host does not stop a fleet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from placelang.codes import Code
from placelang.columns import Column, Numbers
from placelang.diagnostics import Severity
from placelang.facts import MEASURED, PROFILE, profile_name
from placelang.inventory import Record, Things
from placelang.inventory.faults import Fault
from placelang.inventory.model import Place, Raw
from placelang.inventory.values import Wrong, read_amount, read_value
from placelang.nearest import suggestion
from placelang.program import LabelSpec, ResourceSpec
from placelang.types import Value, spell
from placelang.world.fresh import Clock, column, only


def label_column(
    spec: LabelSpec, things: Things, clock: Clock, faults: list[Fault], recorded: Column | None
) -> Column:
    """The label of every thing, written under its own name or else its external one.

    Its default stands where nothing is written; what is stale or does not fit is unknown. Where the label names a
    built-in fact, what is `recorded` of that comes first.
    """
    known: dict[int, Value] = {}
    written: set[int] = set()
    for name in filter(None, (spec.name, spec.external)):
        if name in things.labels:
            record = things.labels[name]
            record = only(record, [row not in written for row in record.rows])
            written.update(record.rows)
            fresh = clock.fresh(record, things, spec.name)
            known |= _read(fresh, things, ("labels", name), partial(_label, spec), faults)
    size = len(things.names)
    if spec.default is not None:
        known |= {row: spec.default for row in range(size) if row not in written}
    if recorded is not None:
        known |= {row: value for row in range(size) if (value := recorded.value(row)) is not None}
    return column(spec.type, size, known)


def profile_columns(hosts: Things, clock: Clock, faults: list[Fault]) -> Iterator[tuple[str, Column]]:
    """What was measured of models on every host: labels such as `model.plan.queue.p95`, by the names of these facts."""
    for label in hosts.labels:
        model, _, what = label.removeprefix(MEASURED).rpartition(".")
        if label.startswith(MEASURED) and model and what in PROFILE:
            name, kind = profile_name(model, what), PROFILE[what].type
            fresh = clock.fresh(hosts.labels[label], hosts, name)
            known = _read(fresh, hosts, ("labels", label), partial(read_amount, kind=kind), faults)
            yield name, column(kind, len(hosts.names), known)


def resource_column(spec: ResourceSpec, hosts: Things, clock: Clock, faults: list[Fault]) -> Numbers:
    """How much of the resource every host supplies."""
    known: dict[int, Value] = {}
    if spec.name in hosts.resources:
        fresh = clock.fresh(hosts.resources[spec.name], hosts, spec.name)
        known = _read(fresh, hosts, ("resources", spec.name), partial(_resource, spec), faults)
    found = column(spec.type, len(hosts.names), known)
    if not isinstance(found, Numbers):
        raise TypeError(spec.type)
    return found


def _read(
    record: Record[Raw],
    things: Things,
    keys: Place,
    read: Callable[[Raw], Value | Wrong],
    faults: list[Fault],
) -> dict[int, Value]:
    known: dict[int, Value] = {}
    for row, raw in zip(record.rows, record.values, strict=True):
        value = read(raw)
        if isinstance(value, Wrong):
            wrong = replace(value, message=f"{value.message}; it counts as unknown")
            faults.append(Fault((*things.places[row], *keys), wrong, severity=Severity.WARNING))
        else:
            known[row] = value
    return known


def _label(spec: LabelSpec, raw: Raw) -> Value | Wrong:
    value = read_value(raw, spec.type)
    if isinstance(value, Wrong):
        return (
            value
            if value.hint
            else replace(value, hint=f"it is declared as `{spec.noun}.{spec.name}: {spec.type}`")
        )
    if spec.choices is None:
        return value
    for item in value if isinstance(value, tuple) else (value,):
        if item not in spec.choices:
            choices = [spell(choice, spec.type.element or spec.type) for choice in spec.choices]
            text = spell(item, spec.type.element or spec.type)
            hint = suggestion(text, choices) or f"{spec.noun}.{spec.name} is one of " + ", ".join(choices)
            return Wrong(Code.NOT_A_CHOICE, f"{text} is none of the values that are declared", hint)
    return value


def _resource(spec: ResourceSpec, raw: Raw) -> Value | Wrong:
    return read_amount(raw, spec.type)
