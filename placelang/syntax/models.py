"""The blocks that say what a model is."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Expression, Name
from placelang.syntax.needs import Needs
from placelang.syntax.placement import Bound


@dataclass(frozen=True, slots=True)
class ModelFile:
    span: Span
    path: Expression


@dataclass(frozen=True, slots=True)
class ModelVersion:
    span: Span
    version: Expression


@dataclass(frozen=True, slots=True)
class Providers:
    span: Span
    providers: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    span: Span
    path: Expression


@dataclass(frozen=True, slots=True)
class Retain:
    span: Span
    count: Expression


@dataclass(frozen=True, slots=True)
class Shadow:
    """`shadow 20% for 10min, agreement >= 90%`."""

    span: Span
    share: Expression
    lasts: Expression
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Canary:
    """`canary 5% for 1h, errors <= 1%`."""

    span: Span
    share: Expression
    lasts: Expression
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    span: Span
    name: Name
    clauses: tuple[ModelFile | Needs, ...]


@dataclass(frozen=True, slots=True)
class Model:
    span: Span
    name: Name
    clauses: tuple[
        ModelFile | ModelVersion | Providers | Baseline | Retain | Shadow | Canary | Needs | Variant, ...
    ]
