"""What gives a name its meaning: imports, parameters, derived facts, labels, resources and devices."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Expression, ListOf, Name, String


@dataclass(frozen=True, slots=True)
class TypeName:
    """`bytes`, or `[string]` with `is_list`."""

    span: Span
    name: Name
    is_list: bool


@dataclass(frozen=True, slots=True)
class Import:
    span: Span
    path: String


@dataclass(frozen=True, slots=True)
class Param:
    span: Span
    name: Name
    type: TypeName | None
    choices: ListOf | None
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Let:
    """`let NAME = E`, a constant; `let NOUN.NAME = E`, a derived fact."""

    span: Span
    name: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class LabelDeclaration:
    """`label NOUN.NAME: TYPE [in LIST] [= DEFAULT] [from "external/name"]`."""

    span: Span
    name: Name
    type: TypeName
    choices: ListOf | None
    default: Expression | None
    external: String | None


@dataclass(frozen=True, slots=True)
class ResourceDeclaration:
    span: Span
    name: Name
    type: TypeName


@dataclass(frozen=True, slots=True)
class UdevRule:
    span: Span
    rule: String


@dataclass(frozen=True, slots=True)
class DeviceDeclaration:
    span: Span
    name: Name
    rules: tuple[UdevRule, ...]
