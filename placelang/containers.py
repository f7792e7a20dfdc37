"""What a service says of its container, after checking; spans lead back to the clause that an author wrote."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.expressions import Expr
from placelang.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Port:
    host: int
    container: int
    span: Span


@dataclass(frozen=True, slots=True)
class Secret:
    """`secret("NAME")`: what only the host can resolve."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Address:
    """`address(S)`: how to reach `service`, kept current on the host."""

    service: str
    span: Span


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """`value` is an expression, evaluated for each replica in the scope of its host, or a reference. A secret is handed
    over as a file, or, where it is `unsafe`, as the variable itself."""

    name: str
    value: Expr | Secret | Address
    span: Span
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """A named volume at `path`, or `source` of the host; `keep` ties its replica to the host."""

    path: str
    source: str | None
    keep: bool
    readonly: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Health:
    """`kind` is http, tcp or exec; durations in ms."""

    kind: str
    port: int | None
    path: str | None
    command: tuple[str, ...]
    every_ms: int
    timeout_ms: int
    retries: int
    span: Span
