"""Labels of another tool, declared as facts of hosts under names of the language.

A label is read in one of three ways. *Closed*: a host without it has the empty text, as where a rule can only be true
of those that have it, or of all but some that have it. *Open*: a host without it has none, for what asks whether it is
there, or counts by it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Final

from placelang.facts import FACTS, NOUNS
from placelang.importers.names import identifier
from placelang.manifests.written import quoted

TAKEN: Final = frozenset(
    [
        *(name.split(".")[0] for facts in FACTS.values() for name in facts),
        *NOUNS,
        *(f"{noun}s" for noun in NOUNS),
        *("any", "all", "count", "sum", "known", "latency", "model", "device", "resource", "open", "secret"),
    ]
)
"""Names that mean something else where a label would stand."""

_COMMON = re.compile(r"(?:^|\.)(kubernetes|k8s|node|beta|io|com|org|net|dev|sh|sigs|x-k8s|feature)(?=\.|$)")


@dataclass(frozen=True, slots=True)
class Declared:
    name: str
    external: str
    type: str
    default: str | None

    def line(self) -> str:
        default = f" = {self.default}" if self.default is not None else ""
        source = f" from {quoted(self.external)}" if self.external != self.name else ""
        return f"label host.{self.name}: {self.type}{default}{source}"


@dataclass(slots=True)
class Labels:
    """The labels that a file declares."""

    declared: dict[tuple[str, str], Declared] = field(default_factory=dict)

    def closed(self, external: str, default: str = "", name: str | None = None) -> str:
        """The name of a text label that a host without it has the default of."""
        return self._name(external, "string", quoted(default), name)

    def open(self, external: str, kind: str = "string", name: str | None = None) -> str:
        """The name of a label that a host without it has none of."""
        return self._name(external, kind, None, name)

    def flag(self, external: str) -> str:
        """The name of a label that is true or false, and false where a host does not have it."""
        return self._name(external, "bool", "false", None)

    def _name(self, external: str, kind: str, default: str | None, wanted: str | None) -> str:
        key = external, f"{kind} {default}"
        if key not in self.declared:
            taken = {label.name for label in self.declared.values()}
            ways = _ways(wanted or label_name(external), kind, known=default is None)
            name = next(way for way in ways if way not in taken)
            self.declared[key] = Declared(name, external, kind, default)
        return self.declared[key].name

    def lines(self, mentioned: Container[str]) -> Iterator[str]:
        """The declarations of those that are mentioned, by name."""
        ordered = sorted(self.declared.values(), key=lambda label: label.name)
        yield from (label.line() for label in ordered if label.name in mentioned)


def _ways(name: str, kind: str, *, known: bool) -> Iterator[str]:
    yield name
    yield f"{name}-{f'as-{kind}' if kind != 'string' else 'set' if known else 'or-none'}"
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def label_name(external: str) -> str:
    """`topology-region` for `topology.kubernetes.io/region`: what tells the domain, then the name. The last part alone
    could be the name of another label."""
    domain, _, last = external.rpartition("/")
    kept = [part for part in _COMMON.sub("", domain).split(".") if part]
    name = identifier("-".join([*kept[:1], last]), "label")
    return f"node-{name}" if name in TAKEN else name
