"""Constraints of Nomad as predicates.

https://developer.hashicorp.com/nomad/docs/job-specification/constraint, and for what can be named,
https://developer.hashicorp.com/nomad/docs/reference/runtime-variable-interpolation
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from placelang.check.patterns import LONGEST as LONGEST_PATTERN
from placelang.check.patterns import fault_of_pattern
from placelang.manifests.labels import Labels
from placelang.manifests.patterns import compared, escaped, has_item, whole
from placelang.manifests.predicates import (
    FALSE,
    TRUE,
    Predicate,
    all_of,
    any_of,
    known,
    none_of,
    not_,
    one_of,
    unless_known,
)
from placelang.manifests.written import pattern, quoted

_TARGET = re.compile(r"\$\{\s*(node|attr|meta)\.([^}]+?)\s*\}")
_FACTS: Final = {
    "node.datacenter": "site.name",
    "node.unique.name": "name",
    "attr.kernel.name": "os",
    "attr.cpu.arch": "arch",
}
_ALWAYS: Final = ("node.datacenter", "node.unique.name")
_LABELS: Final = {"node.class": "class", "node.unique.id": "node.id"}
POOL: Final = "node_pool"
_VERSION = re.compile(r"(=|!=|>=|<=|>|<|~>)?\s*v?([0-9]+(?:\.[0-9]+){0,5})")
_PLAIN: Final = r"^[0-9]+(\.[0-9]+)*$"
_SEMVER: Final = r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"


@dataclass(frozen=True, slots=True)
class Target:
    """What a constraint is about: a fact, or a label of a host. `always` there or not."""

    labels: Labels
    external: str
    fact: str = ""
    always: bool = False
    default: str = ""

    @property
    def closed(self) -> str:
        """Its name where a host that does not have it has the empty text."""
        return self.fact or self.labels.closed(self.external, self.default)

    @property
    def open(self) -> str:
        """Its name where a host may not have it."""
        return self.fact or (self.closed if self.always else self.labels.open(self.external))


def target(labels: Labels, text: str) -> Target | None:
    """What `${…}` names; None for what no host here has."""
    found = _TARGET.fullmatch(text.strip())
    if found is None:
        return None
    name = f"{found[1]}.{found[2]}"
    if name in _FACTS:
        return Target(labels, name, _FACTS[name], always=name in _ALWAYS)
    if name == "node.pool":
        return Target(labels, POOL, always=True, default="default")
    if name in _LABELS:
        return Target(labels, _LABELS[name], always=True)
    return None if found[1] == "node" else Target(labels, name)


def key_of(labels: Labels, text: str) -> str | None:
    """What is counted by an attribute; None for what is none of a host's."""
    found = target(labels, text)
    if found is None:
        return None
    keys = {"site.name": "site", "name": "host"}
    return keys.get(found.fact, f"host.{found.open}")


def predicate(labels: Labels, left: str, operator: str, right: str) -> Predicate | None:
    """What a constraint asks for; None where that cannot be said."""
    about = target(labels, left)
    if about is None or "${" in right:
        return None
    match operator:
        case "=" | "==" | "is" | "":
            return one_of(about.open if right == "" else _settled(about), [right])
        case "!=" | "not":
            return _differs(about, right)
        case "is_set" | "is_not_set":
            there = TRUE if about.always else known(about.open)
            return there if operator == "is_set" else not_(there)
        case "regexp":
            return Predicate(f"{about.open} ~ {pattern(right)}") if _is_pattern(right) else None
        case "set_contains" | "set_contains_all" | "set_contains_any":
            return _contains(about, operator, right)
        case "version" | "semver":
            return _versions(about, right, strict=operator == "semver")
        case "<" | "<=" | ">" | ">=":
            return _ordered(about, operator, right)
    return None


def _settled(about: Target) -> str:
    return about.fact or about.closed


def _differs(about: Target, right: str) -> Predicate:
    """A host without it differs from every value."""
    if about.always or (not about.fact and right != ""):
        return none_of(about.closed, [right])
    return unless_known(about.open, one_of(about.open, [right]))


def _is_pattern(text: str) -> bool:
    return len(text) <= LONGEST_PATTERN and fault_of_pattern(text) is None


def _contains(about: Target, operator: str, right: str) -> Predicate | None:
    items = [item.strip() for item in right.split(",")]
    if not all(items) or any(len(has_item(item)) > LONGEST_PATTERN for item in items):
        return None
    parts = [Predicate(f"{_settled(about)} ~ {pattern(has_item(item))}") for item in items]
    return any_of(parts) if operator == "set_contains_any" else all_of(parts)


def _ordered(about: Target, operator: str, right: str) -> Predicate | None:
    """Attributes are text, so that what is asked of a number is asked of its digits."""
    number = whole(right.strip())
    if number is None:
        return None
    if operator == "<" and number == 0:
        return FALSE
    return Predicate(f"{_settled(about)} ~ {pattern(compared(operator, number, fractions=True))}")


def _versions(about: Target, right: str, *, strict: bool) -> Predicate | None:
    """Each of several conditions. What is no version meets none of them, nor, unless it is `strict`, does a version
    that comes before a release."""
    conditions = [_VERSION.fullmatch(part.strip()) for part in right.split(",")]
    if about.fact or not all(conditions):
        return None
    text, version = about.open, about.labels.open(about.external, "version")
    parts = [Predicate(f"{text} ~ {pattern(_SEMVER if strict else _PLAIN)}")]
    for found in conditions:
        part = _condition(text, version, found[1] or "=", found[2], strict=strict) if found else None
        if part is None:
            return None
        parts.append(part)
    return all_of(parts)


def _condition(text: str, version: str, operator: str, wanted: str, *, strict: bool) -> Predicate | None:
    if operator == "~>":
        return None if strict else _pessimistic(version, wanted.split("."))
    sign = "==" if operator == "=" else operator
    plain = Predicate(f"{version} {sign} {quoted(wanted)}")
    if not strict or operator in ("=", "!="):
        return plain
    before = Predicate(f"{text} ~ {pattern(f'^{escaped(wanted)}-')}")
    return all_of([plain, not_(before)]) if operator in (">", ">=") else any_of([plain, before])


def _pessimistic(version: str, parts: Sequence[str]) -> Predicate:
    low = Predicate(f"{version} >= {quoted('.'.join(parts))}")
    if len(parts) == 1:
        return low
    *kept, last = parts[:-1]
    return all_of([low, Predicate(f"{version} < {quoted('.'.join([*kept, str(int(last) + 1)]))}")])
