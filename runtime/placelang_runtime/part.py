"""`SitePart`: all that one site needs to know of a plan, and nothing of any other site.

Facts are resolved: images and environment stand with each replica as its host shall see them. Everything is
in a stated order: groups, services, replicas, hosts and models by name, everything else as it was written.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from placelang_runtime.base import Amounts, Count, DeviceRules, Digest, Document, Moment, Name, Text, absent
from placelang_runtime.left_out import Clause
from placelang_runtime.operations import ChangeWindow, Hours, Model, Monitor, SiteRollout, TransferLimit
from placelang_runtime.steps import Steps

HealthKind = Literal["http", "tcp", "exec"]
Restart = Literal["always", "on-failure", "never"]
PortNumber = Annotated[int, Field(ge=1, le=65535)]


class Port(Document):
    """A port of the host that leads to a port of the container."""

    host: PortNumber
    container: PortNumber


class Volume(Document):
    """A named volume at `path` or, with `source`, a path of the host. `keep` ties its replica to the host."""

    path: Text
    source: Text | None
    keep: bool
    readonly: bool


class Health(Document):
    """How to ask whether a replica is healthy; durations in ms."""

    kind: HealthKind
    port: PortNumber | None
    path: Text | None
    command: Annotated[tuple[Text, ...], Field(max_length=256)]
    every_ms: Count
    timeout_ms: Count
    retries: Count


class Privileges(Document):
    """What a container may do beyond the ordinary, which is nothing."""

    user: Count | None
    writable_root: bool
    capabilities: Annotated[tuple[Name, ...], Field(max_length=64)]
    host_network: bool
    privileged: bool


class Device(Document):
    """A device of the host that a replica holds for itself or, where it is `shared`, beside others;
    `path` is None where the inventory does not tell it."""

    kind: Name
    name: Name
    path: Text | None
    shared: Annotated[bool, Field(exclude_if=absent)] = False


class GpuShare(Document):
    """So many bytes of the memory of one GPU."""

    gpu: Name
    memory: Count


Shares = Annotated[tuple[GpuShare, ...], Field(max_length=1024, exclude_if=absent)]


class Secret(Document):
    """A variable that leads to a secret, which only the host can resolve: to a file that holds it or, where it is
    `plain`, to the secret itself."""

    variable: Name
    secret: Name
    plain: bool


class Address(Document):
    """A variable that leads to how `service` is reached, which the host keeps current: at its `port`, the first that it
    publishes, None where it publishes none and has its host's network."""

    variable: Name
    service: Name
    port: Annotated[PortNumber | None, Field(exclude_if=absent)] = None


class SidecarCopy(Document):
    """What stands with a replica of its service, as `image` and `env` are on its host."""

    name: Name
    image: Text | None
    env: Annotated[dict[Name, Text], Field(max_length=1024)]
    gpus: Annotated[tuple[Name, ...], Field(max_length=1024)]
    devices: Annotated[tuple[Device, ...], Field(max_length=1024)]
    shares: Shares = ()


class Link(Document):
    """A replica that serves another one: `clause` is where its file asks for that, as `path:line:column`. `latency_us`
    is the latency between the two in thousandths of a ms, None where nobody knows it; `bandwidth` is what is booked of
    the uplinks of both sites, 0 inside one, and where the link is only preferred."""

    clause: Text
    service: Name
    replica: Name
    host: Name
    site: Name
    latency_us: Count | None
    bandwidth: Count


class Served(Document):
    """The variant of a model that a replica serves."""

    model: Name
    variant: Name


Variants = Annotated[tuple[Served, ...], Field(max_length=64, exclude_if=absent)]


class Better(Document):
    """A better choice of `variants` than a replica serves, and why it serves them not."""

    variants: Annotated[tuple[Served, ...], Field(max_length=64)]
    text: Text


class Replica(Document):
    """One copy of a service on one host. Its `name` is the service's name, what it is counted by, and a
    number that it keeps from plan to plan: `shop.till@gbg/1`. `links` are the ones that serve it, in the order of the
    clauses. Where the models of the service have several variants, `variants` are those that this replica serves,
    `needs` what it consumes with them, and its limit, instead of its service's, and `better` the choices that it could
    not have."""

    name: Name
    host: Name
    image: Text | None
    env: Annotated[dict[Name, Text], Field(max_length=1024)]
    gpus: Annotated[tuple[Name, ...], Field(max_length=1024)]
    devices: Annotated[tuple[Device, ...], Field(max_length=1024)]
    shares: Shares = ()
    sidecars: Annotated[tuple[SidecarCopy, ...], Field(max_length=64)]
    links: Annotated[tuple[Link, ...], Field(max_length=1024)] = ()
    variants: Variants = ()
    needs: Annotated[Amounts | None, Field(exclude_if=lambda found: found is None)] = None
    better: Annotated[tuple[Better, ...], Field(max_length=64, exclude_if=absent)] = ()


class Container(Document):
    """What the copies of one container have in common. `needs` is what each consumes, and its limit."""

    name: Name
    command: Annotated[tuple[Text, ...], Field(max_length=1024)]
    ports: Annotated[tuple[Port, ...], Field(max_length=1024)]
    volumes: Annotated[tuple[Volume, ...], Field(max_length=1024)]
    health: Health | None
    restart: Restart
    secrets: Annotated[tuple[Secret, ...], Field(max_length=1024)]
    addresses: Annotated[tuple[Address, ...], Field(max_length=1024)]
    needs: Amounts
    privileges: Privileges


class Sidecar(Container):
    """A container that stands with each replica of its service and shares its network."""


class Service(Container):
    """A service and its replicas at this site. `single`: never two copies at once, even in a split site; where that
    cannot be known, a copy waits. `serves` are models of the site part. Outside of the hours in which it is `active`
    its replicas do not run, and leave what they need but GPUs and devices to others; None is always, and a replica
    whose hours nobody can read runs on."""

    tags: Annotated[tuple[Text, ...], Field(max_length=1024)]
    after: Annotated[tuple[Name, ...], Field(max_length=1024)]
    serves: Annotated[tuple[Name, ...], Field(max_length=64)]
    single: bool
    active: Hours | None = None
    sidecars: Annotated[tuple[Sidecar, ...], Field(max_length=64)]
    replicas: tuple[Replica, ...]


class Group(Document):
    """What was placed as a whole: `shop@gbg` for the services that an app has at each site. A group that is
    not bound to one site appears in the part of each site where it has replicas."""

    name: Name
    priority: Annotated[int, Field(ge=0, le=1000)]
    services: tuple[Service, ...]


class HostFill(Document):
    """What the replicas of a host use of what it has; an amount that is not known is absent from
    `capacity`. `reserved` is what policies keep free of it, and of a disk, what images and models take: the
    `stock`, as far as is known."""

    name: Name
    used: Amounts
    capacity: Amounts
    reserved: Amounts
    stock: Annotated[Count, Field(exclude_if=absent)] = 0


class Uplink(Document):
    """What links book of a site's uplink, and what it carries, None where nobody knows."""

    booked: Count
    capacity: Count | None


class JobRun(Document):
    """One run of a job, for the round that `opens` and `closes` then. `clock` is what a clock of the site shows when it
    starts, None where nobody knows. It is over by `end`, on `host`, with what it holds there."""

    round: Name
    opens: Moment
    closes: Moment
    host: Name
    start: Moment
    end: Moment
    clock: Annotated[str, Field(max_length=32)] | None
    image: Text | None
    env: Annotated[dict[Name, Text], Field(max_length=1024)]
    gpus: Annotated[tuple[Name, ...], Field(max_length=1024)]
    devices: Annotated[tuple[Device, ...], Field(max_length=1024)]


class Job(Container):
    """What runs to its end. It comes round whenever `hours` open and, within them or at all times, each so many
    minutes where `each_minutes` says so; where it is `once`, a single time for each version of its image, command and
    environment. A run that failed is tried again so many times, within its round. What is counted `in_all` has the runs
    of its plan alone; any other comes round at its site beyond them."""

    app: Name
    priority: Annotated[int, Field(ge=0, le=1000)]
    tags: Annotated[tuple[Text, ...], Field(max_length=1024)]
    minutes: Annotated[int, Field(ge=1, le=44640)]
    hours: Hours | None
    each_minutes: Count | None
    once: bool
    retries: Count
    after: Annotated[tuple[Name, ...], Field(max_length=1024)]
    upload: Count
    download: Count
    runs: tuple[JobRun, ...]
    in_all: Annotated[bool, Field(exclude_if=absent)] = False


Hosts = Annotated[tuple[Name, ...], Field(max_length=65_536)]


class Guarantee(Document):
    """`survive COUNT OF` of an app or a service, the `owner`; `name` is its own in the plan. Of so many `losses` it
    does not hold after those that are `uncovered`, the hosts that are lost together; only a preference leaves any."""

    name: Name
    owner: Name
    count: Count
    of: Literal["host", "zone"]
    clause: Clause
    preferred: bool
    losses: Count
    uncovered: Annotated[tuple[Hosts, ...], Field(max_length=65_536)]


class Start(Document):
    """A replica of `service` as it starts on its new host. `leaves` is the host that it moves away from, None where
    that is lost."""

    service: Name
    leaves: Name | None
    replica: Replica


class Contingency(Document):
    """What to do once the hosts `lost` are: replicas to stop, then replicas to start. All others stay as they are."""

    lost: Hosts
    stops: Annotated[tuple[Name, ...], Field(max_length=65_536)]
    starts: Annotated[tuple[Start, ...], Field(max_length=65_536)]


class AtHand(Document):
    """What a host needs at hand, beside what it runs, to start whatever a contingency starts there: images, and models
    of its site part, in these `variants` where they have several."""

    host: Name
    images: Annotated[tuple[Text, ...], Field(max_length=4096)]
    models: Annotated[tuple[Name, ...], Field(max_length=4096)]
    variants: Annotated[tuple[Served, ...], Field(max_length=4096, exclude_if=absent)] = ()


class Member(Document):
    """Who watches over a site with others: a host of it, known by its public `key`, or an arbiter, which only votes.
    `address` is an IP address at which the others reach it."""

    name: Name
    key: Annotated[str, Field(max_length=64)]
    address: Annotated[str, Field(max_length=64)]
    arbiter: Annotated[bool, Field(exclude_if=absent)] = False


class SitePart(Document):
    """The plan of one site. `uplink` is None where no link may book any of it. `visits` are replicas as they stand on
    a spare host for a while, as `steps` say, which are None where nothing is to be done. `survives` is what is
    guaranteed here, `contingencies` what is done after each loss that asks for anything, and `at_hand` what hosts need
    for that. `device_rules` are the udev rules of each kind of device that a probe of its hosts looks for. `members`
    are who watches over the site, none where hosts are not known by keys and addresses. `image_ids` are what engines
    call images by digest once they have them, for each platform, `image_sizes` how many bytes registries pack them in,
    `gpu_ids` what drivers call the GPUs of its hosts, as far as that is known and anything is planned for GPUs."""

    site: Name
    hosts: tuple[HostFill, ...]
    groups: tuple[Group, ...]
    models: Annotated[tuple[Model, ...], Field(max_length=1024)]
    monitors: Annotated[tuple[Monitor, ...], Field(max_length=1024)]
    rollouts: Annotated[tuple[SiteRollout, ...], Field(max_length=1024)]
    windows: Annotated[tuple[ChangeWindow, ...], Field(max_length=1024)]
    transfers: Annotated[tuple[TransferLimit, ...], Field(max_length=1024)]
    uplink: Uplink | None = None
    jobs: Annotated[tuple[Job, ...], Field(max_length=1024)] = ()
    steps: Annotated[Steps | None, Field(exclude_if=absent)] = None
    visits: Annotated[tuple[Replica, ...], Field(exclude_if=absent)] = ()
    survives: Annotated[tuple[Guarantee, ...], Field(max_length=65_536, exclude_if=absent)] = ()
    contingencies: Annotated[tuple[Contingency, ...], Field(max_length=65_536, exclude_if=absent)] = ()
    at_hand: Annotated[tuple[AtHand, ...], Field(max_length=65_536, exclude_if=absent)] = ()
    device_rules: DeviceRules = Field(default_factory=dict, exclude_if=absent)
    members: Annotated[tuple[Member, ...], Field(max_length=1024, exclude_if=absent)] = ()
    image_ids: dict[Text, Annotated[tuple[Digest, ...], Field(max_length=64)]] = Field(
        default_factory=dict, max_length=65_536, exclude_if=absent
    )
    image_sizes: dict[Text, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, max_length=65_536, exclude_if=absent
    )
    gpu_ids: dict[Name, Name] = Field(default_factory=dict, max_length=65_536, exclude_if=absent)
