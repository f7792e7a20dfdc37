"""Apps, with the services and jobs in them."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.containers import (
    After,
    Allow,
    Command,
    Env,
    Health,
    Image,
    Port,
    Restart,
    Serves,
    Single,
    Tags,
    User,
    Volume,
    WritableRoot,
)
from placelang.syntax.declarations import Let, Param
from placelang.syntax.expressions import Name
from placelang.syntax.jobs import Between, By, Every, Lasts, Retries
from placelang.syntax.models import Model
from placelang.syntax.needs import Needs, Priority, Replicas
from placelang.syntax.operations import Monitor, Rollout
from placelang.syntax.placement import Constraint, Prefer, Survive, Where
from placelang.syntax.windows import Active


@dataclass(frozen=True, slots=True)
class Service:
    """`service NAME { … }`; with `sidecar`, the same body inside a service."""

    span: Span
    name: Name
    sidecar: bool
    clauses: tuple[ServiceClause, ...]


@dataclass(frozen=True, slots=True)
class Job:
    span: Span
    name: Name
    clauses: tuple[JobClause, ...]


@dataclass(frozen=True, slots=True)
class App:
    span: Span
    name: Name
    clauses: tuple[AppClause, ...]


ServiceClause = (
    Constraint | Prefer | Replicas | Needs | Priority | Image | Command | Tags | Port | Env | Volume | Health
    | Restart | After | User | WritableRoot | Allow | Single | Serves | Active | Service
)  # fmt: skip

JobClause = (
    Constraint | Prefer | Replicas | Needs | Priority | Image | Command | Tags | Env | Volume | User | WritableRoot
    | Allow | After | Lasts | Every | Between | By | Retries
)  # fmt: skip

AppClause = Where | Prefer | Priority | Survive | Param | Let | Model | Service | Job | Rollout | Monitor
