"""A whole file, and the objectives that its fleet is planned by."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.apps import App
from placelang.syntax.declarations import (
    DeviceDeclaration,
    Import,
    LabelDeclaration,
    Let,
    Param,
    ResourceDeclaration,
)
from placelang.syntax.expressions import Name
from placelang.syntax.models import Model
from placelang.syntax.policies import Policy
from placelang.syntax.tests import Test


@dataclass(frozen=True, slots=True)
class Objective:
    """`placed`, `balance memory`."""

    span: Span
    name: Name
    resource: Name | None


@dataclass(frozen=True, slots=True)
class Optimize:
    span: Span
    objectives: tuple[Objective, ...]


Statement = (
    Import | Param | Let | LabelDeclaration | ResourceDeclaration | DeviceDeclaration | Model | App | Policy
    | Optimize | Test
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from `#` to the end of its line; `alone` if nothing else stands on the line."""

    span: Span
    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """One file: its statements in order, and its comments, which the formatter keeps."""

    span: Span
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...]
