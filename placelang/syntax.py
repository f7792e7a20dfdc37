"""The syntax tree: what a placement file says, before anything is known about its names or types.

`placelang.parse` builds it, `placelang.format` writes it back, `placelang.check` reads it. Every node carries the
span of its text. A `Name` is a dotted path as written. Expressions keep their parentheses (`Paren`), so that a
formatted file parses to the same tree. Literals are as written: units are judged by `placelang.check`.
"""

from __future__ import annotations

from decimal import Decimal

from placelang.diagnostics import Span
from placelang.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """`image`, `site.country`, `loss-prevention.detector`: a path whose words are joined by dots."""

    span: Span
    text: str


# --- expressions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit that follows it without a space (`""` if none): `2GiB`, `500m`, `20%`, `3`."""

    span: Span
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class String:
    """Text: pieces of characters and, in double quotes, interpolated names. `raw` if in single quotes."""

    span: Span
    parts: tuple[str | Name, ...]
    raw: bool


@dataclass(frozen=True, slots=True)
class Boolean:
    span: Span
    value: bool


@dataclass(frozen=True, slots=True)
class ListOf:
    span: Span
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Filtered:
    """`NOUN where PREDICATE`, only as an argument: `any(gpus where memory >= 4GiB)`."""

    span: Span
    noun: Name
    predicate: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """`any(…)`, `known(x)`, `latency("gbg")`, `host.model("m")`, `secret("n")`, `address(s)`."""

    span: Span
    function: Name
    arguments: tuple[Expression | Filtered, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A fact of what a call returned: `host.model("m").p95`."""

    span: Span
    of: Expression
    name: Name


@dataclass(frozen=True, slots=True)
class Paren:
    span: Span
    inner: Expression


@dataclass(frozen=True, slots=True)
class Negative:
    span: Span
    operand: Expression


@dataclass(frozen=True, slots=True)
class Not:
    span: Span
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """`operator` is one of `== != < <= > >= in ~ + - * / ??`; `at` is the operator's own span."""

    span: Span
    operator: str
    at: Span
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` over two or more operands, as written in one run without parentheses."""

    span: Span
    operator: str
    operands: tuple[Expression, ...]


Expression = (
    Name | Quantity | String | Boolean | ListOf | Call | Member | Paren | Negative | Not | Binary | Logic
)

# --- windows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Time:
    """`22:00`: minutes since midnight, 0 to 1440."""

    span: Span
    minutes: int


@dataclass(frozen=True, slots=True)
class Window:
    """`weekdays between 08:00 and 22:00`; no days means daily."""

    span: Span
    days: tuple[Name, ...]
    opens: Time
    closes: Time


# --- clauses: where it may run -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Where:
    """`sites where P`, `hosts where P` (and, in policies, `services where P`)."""

    span: Span
    noun: Name
    predicate: Expression


@dataclass(frozen=True, slots=True)
class Spread:
    span: Span
    over: Name
    skew: Expression | None


@dataclass(frozen=True, slots=True)
class AtMostPer:
    """`at most N per K`."""

    span: Span
    count: Expression
    per: Name


@dataclass(frozen=True, slots=True)
class AtLeastDifferent:
    """`at least N different K`."""

    span: Span
    count: Expression
    key: Name


@dataclass(frozen=True, slots=True)
class Same:
    """`same K as S`."""

    span: Span
    key: Name
    service: Name


@dataclass(frozen=True, slots=True)
class Different:
    """`different K than S`."""

    span: Span
    key: Name
    service: Name


@dataclass(frozen=True, slots=True)
class Bound:
    """`latency <= 5ms` or `bandwidth >= 20Mbps` of a link."""

    span: Span
    fact: Name
    operator: str
    limit: Expression


@dataclass(frozen=True, slots=True)
class Link:
    """`link [every] S latency <= L, bandwidth >= B`."""

    span: Span
    every: bool
    service: Name
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Survive:
    span: Span
    count: Expression
    of: Name


@dataclass(frozen=True, slots=True)
class Reserve:
    """`reserve RESOURCE AMOUNT` (policies)."""

    span: Span
    resource: Name
    amount: Expression


Constraint = Where | Spread | AtMostPer | AtLeastDifferent | Same | Different | Link | Survive | Reserve


@dataclass(frozen=True, slots=True)
class Prefer:
    span: Span
    constraint: Constraint
    weight: Expression | None


# --- clauses: how many, what it needs ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replicas:
    """`replicas 2`, `replicas 1..3 per site`; `high` is None without `..`."""

    span: Span
    low: Expression
    high: Expression | None
    per: Name | None


@dataclass(frozen=True, slots=True)
class NeedAmount:
    """`cpu 500m`, `memory 2GiB`, `upload 2GB`, `modbus-slots 4`."""

    span: Span
    resource: Name
    amount: Expression


@dataclass(frozen=True, slots=True)
class NeedGpu:
    """`gpu N [where P]` or, with `share`, `gpu share Q [where P]`; `amount` is N or Q."""

    span: Span
    share: bool
    amount: Expression
    predicate: Expression | None


@dataclass(frozen=True, slots=True)
class NeedDevice:
    """`[shared] device D [N] [where P]`."""

    span: Span
    shared: bool
    device: Name
    count: Expression | None
    predicate: Expression | None


Need = NeedAmount | NeedGpu | NeedDevice


@dataclass(frozen=True, slots=True)
class Needs:
    span: Span
    items: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Priority:
    """`priority N`, or `priority at most N` in a policy."""

    span: Span
    value: Expression
    at_most: bool


# --- clauses: the container ----------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Active:
    span: Span
    window: Window


# --- clauses: jobs in time -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lasts:
    span: Span
    duration: Expression


@dataclass(frozen=True, slots=True)
class Every:
    """`every 6h`, `every day`, `every monday, friday`: a duration, or names of days."""

    span: Span
    duration: Expression | None
    days: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A job's own `[DAYS] between T and T`."""

    span: Span
    window: Window


@dataclass(frozen=True, slots=True)
class By:
    """`by 06:00`."""

    span: Span
    time: Time


@dataclass(frozen=True, slots=True)
class Retries:
    span: Span
    count: Expression


# --- blocks inside an app ------------------------------------------------------------------------------------------


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
class Wave:
    """`wave NAME: SIZE sites [where P] [, healthy for D] [, approved]`; `size` is None for `all`."""

    span: Span
    name: Name
    size: Expression | None
    predicate: Expression | None
    healthy: Expression | None
    approved: bool


@dataclass(frozen=True, slots=True)
class AtOnce:
    """`at most 10 sites at once`, `at most 1 host per site at once`."""

    span: Span
    count: Expression
    noun: Name
    per: Name | None


@dataclass(frozen=True, slots=True)
class Proceed:
    """`proceed when healthy for D`."""

    span: Span
    healthy: Expression


@dataclass(frozen=True, slots=True)
class Otherwise:
    """`otherwise roll back`."""

    span: Span


@dataclass(frozen=True, slots=True)
class Rollout:
    span: Span
    clauses: tuple[Wave | AtOnce | Proceed | Otherwise, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """`alert when E for D`, `roll back when …`, `run JOB when …`: `action` is alert, roll-back or run."""

    span: Span
    action: str
    job: Name | None
    when: Expression
    lasting: Expression | None


@dataclass(frozen=True, slots=True)
class Monitor:
    span: Span
    target: Name
    rules: tuple[Rule, ...]


# --- policies ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AtMostReplicas:
    span: Span
    count: Expression


@dataclass(frozen=True, slots=True)
class AtMostTransfer:
    """`at most 5GB per day`."""

    span: Span
    amount: Expression
    per: Name


@dataclass(frozen=True, slots=True)
class Accept:
    """`accept services where P`."""

    span: Span
    predicate: Expression


@dataclass(frozen=True, slots=True)
class ChangeOnly:
    """`change only WINDOW [except DATE to DATE]`; dates as `2026-12-20`."""

    span: Span
    window: Window
    first_closed: str | None
    last_closed: str | None


@dataclass(frozen=True, slots=True)
class Forbid:
    """`forbid capability NAME`, `forbid host network`, `forbid privileged`, `forbid writable root`."""

    span: Span
    what: str
    capability: Name | None


@dataclass(frozen=True, slots=True)
class Scope:
    """`NOUN where P { … }` in a policy: what it binds, and to what."""

    span: Span
    noun: Name
    predicate: Expression
    clauses: tuple[PolicyClause, ...]


PolicyClause = Constraint | Prefer | Priority | AtMostReplicas | AtMostTransfer | Accept | ChangeOnly | Forbid


@dataclass(frozen=True, slots=True)
class Policy:
    span: Span
    name: Name
    clauses: tuple[Scope | PolicyClause, ...]


# --- models --------------------------------------------------------------------------------------------------------


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
class Variant:
    span: Span
    name: Name
    clauses: tuple[ModelFile | Needs, ...]


@dataclass(frozen=True, slots=True)
class Model:
    span: Span
    name: Name
    clauses: tuple[ModelFile | ModelVersion | Providers | Baseline | Retain | Needs | Variant, ...]


# --- declarations --------------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class App:
    span: Span
    name: Name
    clauses: tuple[AppClause, ...]


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


# --- tests ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TestInventory:
    span: Span
    path: String


@dataclass(frozen=True, slots=True)
class TestRunning:
    span: Span
    path: String


@dataclass(frozen=True, slots=True)
class Given:
    """`given host "x" is down`, `given host "x" memory = 2GiB`, `given host "x" memory is unknown`.

    `state` is a word such as down, closed, unknown; `value` is what a fact is set to.
    """

    span: Span
    noun: Name
    subject: String
    fact: Name | None
    state: Name | None
    value: Expression | None


@dataclass(frozen=True, slots=True)
class GivenLike:
    """`given host "new" like "gbg-1"`: one more, the same in all but its name."""

    span: Span
    noun: Name
    subject: String
    model: String


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect [N] A.S in site "x"`, `… on hosts where P`, `expect left out A in site "x"`, `expect undecided …`.

    `outcome` is placed, left-out or undecided; the latter two may end in `because "…"`, words of a reason.
    """

    span: Span
    outcome: str
    count: Expression | None
    subject: Name
    site: String | None
    hosts: Expression | None
    because: String | None


@dataclass(frozen=True, slots=True)
class ExpectMoves:
    """`expect moves <= N`."""

    span: Span
    operator: str
    limit: Expression


@dataclass(frozen=True, slots=True)
class Test:
    span: Span
    title: String
    steps: tuple[TestInventory | TestRunning | Given | GivenLike | Expect | ExpectMoves, ...]


ServiceClause = (
    Constraint | Prefer | Replicas | Needs | Priority | Image | Command | Tags | Port | Env | Volume | Health
    | Restart | After | User | WritableRoot | Allow | Single | Serves | Active | Service
)  # fmt: skip
JobClause = (
    Constraint | Prefer | Replicas | Needs | Priority | Image | Command | Tags | Env | Volume | User | WritableRoot
    | Allow | After | Lasts | Every | Between | By | Retries
)  # fmt: skip
AppClause = Where | Prefer | Priority | Survive | Param | Let | Model | Service | Job | Rollout | Monitor
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
