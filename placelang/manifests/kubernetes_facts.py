"""Labels of nodes that are facts here, as the importer of nodes makes them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from placelang.importers.amounts import gpu_memory
from placelang.importers.kubernetes import FACT_LABELS, FLAG, MODELS
from placelang.inventory.values import Wrong
from placelang.manifests.labels import Labels
from placelang.manifests.patterns import compared, whole
from placelang.manifests.predicates import (
    FALSE,
    TRUE,
    Predicate,
    any_of,
    known,
    not_,
    one_of,
    unless_known,
)
from placelang.manifests.written import in_bytes, pattern, quoted

_VERSIONS = {"nvidia.com/gpu.compute.major": "compute", "nvidia.com/cuda.driver.major": "driver"}


def fact_of(labels: Labels, key: str, operator: str, values: Sequence[str]) -> Predicate | None:
    """What is asked of a label that is a fact here; None for one that stays a label."""
    if key in FACT_LABELS:
        return _asked(FACT_LABELS[key], operator, values)
    if key == "kubernetes.io/hostname":
        return _hostname(labels, operator, values)
    flag = FLAG.fullmatch(key)
    if flag:
        has = Predicate(f"{quoted(flag[1].lower())} in cpu.flags")
        return _thing(has, operator, yes="true" in values)
    if key in MODELS:
        named = one_of("model", values) if values else known("model")
        return _thing(_any_gpu(named), operator, yes=True)
    if key == "nvidia.com/gpu.memory":
        return _memory(operator, values)
    if key in _VERSIONS:
        return _version(_VERSIONS[key], operator, values)
    return None


def _asked(fact: str, operator: str, values: Sequence[str]) -> Predicate | None:
    match operator:
        case "In":
            return one_of(fact, values)
        case "NotIn":
            return unless_known(fact, one_of(fact, values))
        case "Exists":
            return known(fact)
        case "DoesNotExist":
            return not_(known(fact))
        case "Gt" | "Lt":
            return ordered(fact, ">" if operator == "Gt" else "<", values)
    return FALSE


def ordered(fact: str, operator: str, values: Sequence[str]) -> Predicate | None:
    """Labels are text, so that what is asked of a number is asked of its digits."""
    text = values[0] if len(values) == 1 else ""
    number = whole(text)
    if text.startswith("-") and whole(text[1:]) is not None:
        return FALSE if operator == "<" else Predicate(f"{fact} ~ {pattern('^[0-9]+$')}")
    if number is None:
        return None
    if operator == "<" and number == 0:
        return FALSE
    return Predicate(f"{fact} ~ {pattern(compared(operator, number))}")


def _hostname(labels: Labels, operator: str, values: Sequence[str]) -> Predicate | None:
    """The importer of nodes keeps this label where it is not the node's name."""
    if operator in ("Exists", "DoesNotExist"):
        return TRUE if operator == "Exists" else FALSE
    found = one_of(f"({labels.open('kubernetes.io/hostname', name='hostname')} ?? name)", values)
    return found if operator == "In" else not_(found) if operator == "NotIn" else None


def _thing(has: Predicate, operator: str, *, yes: bool) -> Predicate:
    """A thing that a host has or not; where nobody knows, it has not."""
    match operator:
        case "In":
            return has if yes else FALSE
        case "NotIn":
            return not_(Predicate(f"({has.text}) ?? false")) if yes else TRUE
        case "Exists":
            return has
        case "DoesNotExist":
            return not_(Predicate(f"({has.text}) ?? false"))
    return FALSE


def _any_gpu(part: Predicate) -> Predicate:
    return Predicate(f"any(gpus where {part.text})")


def _memory(operator: str, values: Sequence[str]) -> Predicate | None:
    amounts = [gpu_memory(value) for value in values]
    sizes = [in_bytes(Decimal(one)) for one in amounts if not isinstance(one, Wrong)]
    if len(sizes) != len(values) or not sizes or (operator in ("Gt", "Lt") and whole(values[0]) is None):
        return None
    match operator:
        case "In":
            return any_of(_any_gpu(Predicate(f"memory == {size}")) for size in sizes)
        case "Gt" | "Lt" if len(sizes) == 1:
            return _any_gpu(Predicate(f"memory {'>' if operator == 'Gt' else '<'} {sizes[0]}"))
    return None


def _version(fact: str, operator: str, values: Sequence[str]) -> Predicate | None:
    """A label with the first number of a version."""
    numbers = [number for value in values if (number := whole(value)) is not None]
    if len(numbers) != len(values) or not numbers:
        return None
    match operator:
        case "In":
            return any_of(
                _any_gpu(Predicate(f'{fact} >= "{number}" and {fact} < "{number + 1}"', "and"))
                for number in numbers
            )
        case "Gt":
            return _any_gpu(Predicate(f'{fact} >= "{numbers[0] + 1}"'))
        case "Lt":
            return _any_gpu(Predicate(f'{fact} < "{numbers[0]}"'))
    return None
