"""`Driver`: the small protocol between what a plan wants of a host and whatever runs containers there.

A driver serves one host, sees only what carries that host's labels, and touches nothing else. Everything it does it
may be asked to do again: what is there already is left as it is, what is gone already counts as removed. It ends in
time or raises `DriverError`; whether and when to try again is the caller's decision.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

from placelang_runtime.containers import ContainerSpec
from placelang_runtime.part import Health

State = Literal["created", "running", "restarting", "exited"]

SECRETS_AT: Final = "/run/secrets"
"""Where a container finds the folder of its secrets: a variable names the file below it that has the secret's name."""
ENDPOINTS_AT: Final = "/run/placelang"
"""Where a container finds the folder with the endpoints file."""
SHORTEST_GRACE: Final = 10.0
"""How long what is stopped has to end by itself, in seconds, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What a container says of itself. `plan` is the digest of the part that it was created for, `container` is empty
    for the service's own, `spec` is the digest of its `ContainerSpec`."""

    site: str
    host: str
    plan: str
    group: str
    service: str
    replica: str
    container: str
    spec: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A container of ours as the engine sees it. `started_at` is in seconds since 1970 by the engine's clock, None
    before it started for the first time. Its ports answer at `address`, None where it does not run. `restarts` are
    those that nobody asked for."""

    id: str
    name: str
    labels: Labels
    state: State
    exit_code: int | None
    started_at: float | None
    restarts: int
    address: str | None


@dataclass(frozen=True, slots=True)
class Given:
    """What the host adds when a container is created. `secrets` is a folder in memory with a file for each secret by
    its name, `plain` are secrets by variable, `addresses` are peers by variable, `endpoints` is a folder and `hosts` a
    file that are kept current. `paths` leads from a path of the host as the plan has it to the one that the host's own
    list allows; what is not there is refused. `gpus` leads from the plan's name of a GPU to what its driver calls it;
    one that is not there is the one of the number at the end of its name. A model server finds its
    manifest in the folder `models`, with the files of models beside that; `server` is its image."""

    plan: str
    secrets: Path | None = None
    plain: Mapping[str, str] = field(default_factory=dict, repr=False)
    addresses: Mapping[str, str] = field(default_factory=dict)
    endpoints: Path | None = None
    hosts: Path | None = None
    paths: Mapping[str, Path] = field(default_factory=dict)
    gpus: Mapping[str, str] = field(default_factory=dict)
    models: Path | None = None
    server: str | None = None


@dataclass(frozen=True, slots=True)
class EngineVersion:
    name: str
    version: str
    api: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a container used up and holds right now."""

    cpu_seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """How much of an image is here, in bytes; `total` grows while more of it becomes known."""

    image: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class NamedVolume:
    """Storage of a replica, which outlives its containers."""

    name: str
    service: str
    replica: str
    path: str
    keep: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a check found a container healthy, and if not, why."""

    healthy: bool
    why: str = ""


class Driver(Protocol):
    """All of these raise `DriverError`, and nothing else that a plan or an engine could bring about."""

    @property
    def name(self) -> str: ...
    @property
    def host(self) -> str: ...

    def version(self) -> EngineVersion:
        """What answers; also the way to find out whether anything does."""

    def gateway(self) -> str | None:
        """The address at which containers of this host reach the host itself, None where they cannot."""

    def copies(self) -> tuple[Copy, ...]:
        """All containers of this host that are ours, by name, whatever their state."""

    def follow(self) -> Iterator[None]:
        """Something whenever a container of ours began or ended by itself, as soon as that is known. Never ends, but
        raises DriverError where it cannot go on; whoever follows anew has to look at what it missed."""

    def copy(self, id: str) -> Copy:  # noqa: A002 - an engine's own word
        """One of them, for less than all."""

    def create(self, spec: ContainerSpec, given: Given) -> str:
        """Have the container, not started, and return its id; the one that is there already for the same spec."""

    def start(self, id: str) -> None: ...  # noqa: A002
    def stop(self, id: str, grace: float = SHORTEST_GRACE) -> None:  # noqa: A002
        """End it, by force after `grace` seconds; it does not come back by itself."""

    def remove(self, id: str) -> None:  # noqa: A002
        """Remove the container, running or not, and never a volume."""

    def logs(self, id: str, tail: int, *, follow: bool = False) -> Iterator[bytes]:  # noqa: A002
        """The last `tail` lines of what it wrote, both streams, in pieces; then what it writes, until it ends."""

    def ask(self, copy: Copy, health: Health) -> Answer:
        """Check once whether the container is healthy, within the check's own timeout."""

    def usage(self, id: str) -> Usage: ...  # noqa: A002

    def disk(self) -> Mapping[str, int]:
        """By id, the bytes that each container of ours wrote, with its named volumes; it may take a while."""

    def has_image(self, image: str) -> bool: ...
    def fetch_image(self, image: str, report: Callable[[Fetched], None]) -> None:
        """Have the image from its registry: one attempt."""

    def save_image(self, image: str, to: Path) -> None:
        """Write the image to a file that `load_image` of another host reads."""

    def load_image(self, file: Path) -> None: ...
    def check_image(self, file: Path, image: str, ids: Collection[str]) -> None:
        """Raise unless the file holds the image, which engines call by one of the ids, and nothing else."""

    def remove_image(self, image: str) -> None:
        """Remove it, unless any container, ours or not, is made of it."""

    def volumes(self) -> tuple[NamedVolume, ...]:
        """Those of this host that are ours, by name."""

    def remove_volume(self, name: str) -> None: ...
    def volume_sizes(self) -> Mapping[str, int]:
        """How many bytes those hold of which it is known, by name; much work for an engine."""
