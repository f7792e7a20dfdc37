"""The clauses that say what a container is started with."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Expression, Name


@dataclass(frozen=True, slots=True)
class Image:
    span: Span
    reference: Expression


@dataclass(frozen=True, slots=True)
class Command:
    span: Span
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Tags:
    span: Span
    tags: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Port:
    """`port 8080` (the same on host and container) or `port 8081 to 80` (host port first)."""

    span: Span
    host: Expression
    container: Expression | None


@dataclass(frozen=True, slots=True)
class EnvEntry:
    span: Span
    name: Name
    value: Expression
    unsafe: bool


@dataclass(frozen=True, slots=True)
class Env:
    span: Span
    entries: tuple[EnvEntry, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """`volume "/data" keep`, `volume "/host/dev" from "/dev" readonly`."""

    span: Span
    path: Expression
    source: Expression | None
    keep: bool
    readonly: bool


@dataclass(frozen=True, slots=True)
class Health:
    """`health http 8000 "/ready" every 10s timeout 2s retries 3`; `kind` is http, tcp or exec.

    `target` holds port and path (http), the port (tcp) or the arguments (exec).
    """

    span: Span
    kind: Name
    target: tuple[Expression, ...]
    every: Expression | None
    timeout: Expression | None
    retries: Expression | None


@dataclass(frozen=True, slots=True)
class Restart:
    """`restart always`, `restart on-failure`, `restart never`."""

    span: Span
    mode: Name


@dataclass(frozen=True, slots=True)
class After:
    span: Span
    service: Name


@dataclass(frozen=True, slots=True)
class User:
    span: Span
    user: Expression


@dataclass(frozen=True, slots=True)
class WritableRoot:
    span: Span


@dataclass(frozen=True, slots=True)
class Allow:
    """`allow capability NAME`, `allow host network`, `allow privileged`: `what` is capability, host-network or
    privileged."""

    span: Span
    what: str
    capability: Name | None


@dataclass(frozen=True, slots=True)
class Single:
    span: Span


@dataclass(frozen=True, slots=True)
class Serves:
    span: Span
    models: tuple[Name, ...]
