"""`Program`: a fleet's placement files after checking. Names are resolved, types agree, parameters have values.

Spans lead back to the clause that an author wrote; constraints keep them down to the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from placelang.containers import EnvEntry, Health, Port, Volume
from placelang.diagnostics import Source, Span
from placelang.expectations import TestSpec
from placelang.expressions import Constant, Expr
from placelang.frozen import dataclass
from placelang.operations import Monitor, Rollout, Trial
from placelang.policies import Policy, Window, Within
from placelang.types import Type, Value


@dataclass(frozen=True, slots=True)
class LabelSpec:
    """A declared label of `noun`; `default` None means that absence is unknown. `external` is its name in imports."""

    noun: str
    name: str
    type: Type
    choices: tuple[Value, ...] | None
    default: Value | None
    external: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """A resource that hosts supply beside the built-in ones."""

    name: str
    type: Type
    span: Span


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """A kind of device; `rules` are its udev rules as written."""

    name: str
    rules: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Derived:
    """`let NOUN.NAME = E`: a fact computed for every thing of the noun."""

    noun: str
    name: str
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Key:
    """What replicas are kept apart or together by.

    `noun` is `site` or `host`; `fact` is `name` for the keys `site` and `host` themselves, `zone`, `rack`, or a text
    fact or label. `text` is the key as written. A value of `zone` or `rack` belongs to its site.
    """

    noun: str
    fact: str
    text: str


@dataclass(frozen=True, slots=True)
class Replicas:
    """`low` to `high` replicas, in all (`per` is None), or for each site, host, or value of a key."""

    low: int
    high: int
    per: Key | None
    span: Span


@dataclass(frozen=True, slots=True)
class AmountNeed:
    """`amount` of `resource` a replica, in the base unit of its type; `fact` is the host fact it is taken from, None
    for a declared resource."""

    resource: str
    type: Type
    amount: float
    fact: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class GpuNeed:
    """`count` whole GPUs of one host, each one for which `predicate` (scope gpu) is true."""

    count: int
    predicate: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class ShareNeed:
    """`amount` bytes of the memory of one GPU for which `predicate` (scope gpu) is true."""

    amount: float
    predicate: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class DeviceNeed:
    """`count` devices of kind `device`, each one for which `predicate` (scope device) is true: exclusively, or `shared`
    with all who share."""

    device: str
    count: int
    predicate: Expr | None
    span: Span
    shared: bool = False


ThingNeed = GpuNeed | ShareNeed | DeviceNeed
"""What is held of the things of a host."""
Need = AmountNeed | ThingNeed


@dataclass(frozen=True, slots=True)
class Filter:
    """`sites where P` or `hosts where P`; `weight` None is hard. One that a policy lays on a service has its name in
    `policy`, as constraints have, and binds within some places only where `within` is not None."""

    noun: str
    predicate: Expr
    weight: int | None
    span: Span
    policy: str | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    key: Key
    skew: int
    weight: int | None
    span: Span
    policy: str | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class AtMost:
    """`at most count per key`."""

    count: int
    key: Key
    weight: int | None
    span: Span
    policy: str | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`at least count different key`."""

    count: int
    key: Key
    weight: int | None
    span: Span
    policy: str | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """`same key as service`; `service` is its full name, `app.service`."""

    key: Key
    service: str
    weight: int | None
    span: Span
    policy: str | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class Different:
    """`different key than service`; `service` is its full name, `app.service`."""

    key: Key
    service: str
    weight: int | None
    span: Span
    policy: str | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """`link service latency <= …, bandwidth >= …`, in ms and bit/s, None where it has no limit; of the key `site`, as
    networks join sites. `every`: not one replica of the service is to be within these limits, but all."""

    key: Key
    service: str
    every: bool
    latency: float | None
    bandwidth: float | None
    weight: int | None
    span: Span
    policy: str | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class Survive:
    """`survive count key`; `key` is `host` or `zone`. `owner` is the app or the service that says so, nothing for a
    policy: what an app says holds for all of its services together."""

    count: int
    key: Key
    owner: str
    weight: int | None
    span: Span
    policy: str | None = None
    within: Within | None = None


Constraint = Spread | AtMost | AtLeast | Same | Different | Link | Survive


@dataclass(frozen=True, slots=True)
class Active:
    """The hours in which a service runs, by the clock of its site."""

    window: Window
    span: Span


@dataclass(frozen=True, slots=True)
class Variant:
    """A form of a model; `name` is None for the only one of a model that names none. `needs` are what the model adds to
    a service that serves it so. `digest` and `size` are of its file, where that was looked into; `beside` are files
    with its weights, each with path, digest and size."""

    name: str | None
    file: str
    needs: tuple[Need, ...]
    span: Span
    digest: str | None = None
    size: int | None = None
    beside: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """The file of a baseline: its digest and size, and the digest of the model's file that it is of."""

    digest: str
    size: int
    model: str


@dataclass(frozen=True, slots=True)
class Model:
    """`name` is full: `app.model` where it belongs to an app. Paths are relative to the folder of the root file.
    `variants` stand best first, one at least. `drawn` is the baseline as it was found. A new
    version is tried as a `shadow` first, then as a `canary`."""

    name: str
    version: str | None
    providers: tuple[str, ...]
    baseline: str | None
    retain: int
    variants: tuple[Variant, ...]
    span: Span
    drawn: Drawn | None = None
    shadow: Trial | None = None
    canary: Trial | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to serve some models: the variant of each that has a name for it, by the model's. `needs` are all that a
    replica needs then, `step` is how far it is from the best."""

    variants: tuple[tuple[str, str], ...]
    needs: tuple[Need, ...]
    step: int


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A container that stands with each replica of its service and shares its network."""

    name: str
    image: Expr | None
    command: tuple[str, ...]
    needs: tuple[Need, ...]
    ports: tuple[Port, ...]
    env: tuple[EnvEntry, ...]
    volumes: tuple[Volume, ...]
    health: Health | None
    restart: str
    user: int | None
    writable_root: bool
    capabilities: tuple[str, ...]
    privileged: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Service:
    """`name` is full: `app.service`. `needs` is all that a replica needs: its own, what the models that it `serves`
    add, then what its sidecars do. It is what the choice of variants of that number, `chosen`, makes of it, of the
    `choices` that there are, best first and one at least; the first, as it was written. `filters` holds those of its
    app, its own, and those of policies; `constraints` end with those of policies. `single` is the clause that wants
    never two copies at once. Where it is not `active`, it leaves its amounts to others. `serving` is the clause that
    says what it serves."""

    name: str
    app: str
    priority: int
    image: Expr | None
    command: tuple[str, ...]
    tags: tuple[str, ...]
    replicas: Replicas
    needs: tuple[Need, ...]
    filters: tuple[Filter, ...]
    constraints: tuple[Constraint, ...]
    ports: tuple[Port, ...]
    env: tuple[EnvEntry, ...]
    volumes: tuple[Volume, ...]
    health: Health | None
    restart: str
    after: tuple[tuple[str, Span], ...]
    user: int | None
    writable_root: bool
    capabilities: tuple[str, ...]
    host_network: bool
    privileged: bool
    span: Span
    serves: tuple[str, ...] = ()
    sidecars: tuple[Sidecar, ...] = ()
    single: Span | None = None
    active: Active | None = None
    serving: Span | None = None
    choices: tuple[Choice, ...] = (Choice((), (), 0),)
    chosen: int = 0

    @property
    def choice(self) -> Choice:
        """The variants that it serves."""
        return self.choices[self.chosen]

    @property
    def form(self) -> str:
        """What tells the service as it is chosen from its other forms: `shop.till ~ int8`."""
        if len(self.choices) == 1:
            return self.name
        return f"{self.name} ~ {'+'.join(variant for _, variant in self.choice.variants)}"


@dataclass(frozen=True, slots=True)
class Rounds:
    """When a job comes round: whenever `window` opens, on one day after the other, or at all times where it is None,
    and then again each so many minutes where `each` says so; only `once` a version. `span` is the clause that says it
    most closely."""

    window: Window | None
    each: int | None
    once: bool
    span: Span | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a run moves over the uplink of its site: `way` is upload or download, `amount` is in bytes."""

    way: str
    amount: float
    span: Span


@dataclass(frozen=True, slots=True)
class Job:
    """`body` is what a run is made of and where it may be, as of a service: one at each site, or so many in all. It
    takes `minutes`, and waits for the services and jobs that it is `after`."""

    body: Service
    minutes: int
    rounds: Rounds
    retries: int
    transfers: tuple[Transfer, ...]
    after: tuple[tuple[str, Span], ...]
    span: Span

    @property
    def name(self) -> str:
        """`app.job`."""
        return self.body.name


@dataclass(frozen=True, slots=True)
class App:
    name: str
    priority: int
    services: tuple[Service, ...]
    span: Span
    rollout: Rollout | None = None
    monitors: tuple[Monitor, ...] = ()
    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Objective:
    """`placed preferences moves balance pack cost power latency`; `resource` only for balance, with its `fact` as in a
    need."""

    name: str
    resource: str | None
    fact: str | None
    span: Span | None


@dataclass(frozen=True, slots=True)
class Program:
    """One fleet. `params` holds the values in force, with their types, by full name; mappings and tuples are in a
    stated, stable order: sources by path, declarations, apps and policies by name, services and tests as written.
    `images` leads from an image as files name it to the one by digest that takes its place, `image_ids` from that to
    what engines call it, `image_sizes` to how large it is as a registry packs it."""

    sources: tuple[Source, ...]
    params: Mapping[str, Constant]
    labels: tuple[LabelSpec, ...]
    resources: tuple[ResourceSpec, ...]
    devices: tuple[DeviceSpec, ...]
    derived: tuple[Derived, ...]
    apps: tuple[App, ...]
    objectives: tuple[Objective, ...]
    tests: tuple[TestSpec, ...]
    models: tuple[Model, ...] = ()
    policies: tuple[Policy, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    image_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    image_sizes: Mapping[str, int] = field(default_factory=dict)
