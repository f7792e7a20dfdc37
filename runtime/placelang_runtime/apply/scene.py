"""What the carrying out of a part has to do with: the part, engines, journal, hands, and what the host itself adds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from placelang_runtime.apply.hands import Hands
from placelang_runtime.apply.target import NOTHING, Target
from placelang_runtime.containers import ContainerSpec, Served
from placelang_runtime.drivers import Copy, Driver, Given, Labels
from placelang_runtime.journal import Accepted, Journal
from placelang_runtime.neighbours.answer import Found
from placelang_runtime.part import SitePart
from placelang_runtime.rollout.clock import Moment, moment

EventKind = Literal["begun", "did", "done", "failed", "fetching", "trying-again"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person who watches wants to know: about what is done to `of` on a host. `did` is about one thing
    that an engine was asked for, the others are about whole tasks."""

    kind: EventKind
    task: str
    host: str
    of: str
    message: str = ""


class Provider(Protocol):
    """What a host adds to what a plan says: secrets, endpoints, paths that it allows. Raises DriverError."""

    def given(self, spec: ContainerSpec, plan: str) -> Given:
        """What a container needs before it is created."""

    def promote(self, spec: ContainerSpec) -> None:
        """Have the versions of its models serve alone, which were tried beside others."""

    def check(self, spec: ContainerSpec) -> None:
        """Raise DriverError unless the container could be given what it needs."""

    def allow(self, image: str) -> None:
        """Raise DriverError unless the image may be fetched from its registry."""

    def has_model(self, model: Served) -> bool:
        """Whether the files of a model are here."""

    def fetch_model(self, model: Served) -> None:
        """Have them."""

    def keep_models(self, models: Collection[Served]) -> None:
        """Remove the files of all others."""

    def from_neighbour(self, host: str, image: str, to: Path) -> Found:
        """Ask hosts of the site that are not carried out here for a file with the image; it is as they say."""

    def model_from_neighbour(self, host: str, model: Served) -> Found:
        """Ask them for the files of a model, which are then to be fetched no more."""

    def under_way(self, what: str | Served) -> AbstractContextManager[Callable[[], None]]:
        """Tell hosts of the site that ask for an image or a model that it is about to be here; and once what is given
        is called, that it is being fetched."""

    def settle(self, host: str, copies: Sequence[Copy]) -> None:
        """Have what the copies on a host were given, as before a restart, and take back what none of them has."""

    def lead(self, host: str, copies: Mapping[str, Sequence[Copy]]) -> None:
        """Lead whoever reaches a replica from `host` to where it stands now, by the copies on each host."""

    def release(self, labels: Labels) -> None:
        """Take back what the container was given."""


@dataclass(frozen=True, slots=True)
class Bare:
    """A host that adds nothing; `allows` raises DriverError for an image that may not be fetched."""

    allows: Callable[[str], None] = lambda _image: None

    def given(self, spec: ContainerSpec, plan: str) -> Given:
        return Given(plan)

    def promote(self, spec: ContainerSpec) -> None: ...

    def check(self, spec: ContainerSpec) -> None: ...

    def allow(self, image: str) -> None:
        self.allows(image)

    def has_model(self, model: Served) -> bool:
        return True

    def fetch_model(self, model: Served) -> None: ...

    def keep_models(self, models: Collection[Served]) -> None: ...

    def from_neighbour(self, host: str, image: str, to: Path) -> Found:
        return "none"

    def model_from_neighbour(self, host: str, model: Served) -> Found:
        return "none"

    def under_way(self, what: str | Served) -> AbstractContextManager[Callable[[], None]]:
        return nullcontext(lambda: None)

    def settle(self, host: str, copies: Sequence[Copy]) -> None: ...

    def lead(self, host: str, copies: Mapping[str, Sequence[Copy]]) -> None: ...

    def release(self, labels: Labels) -> None: ...


@dataclass(slots=True)
class Scene:
    """What is carried out where. `drivers` are the hosts that are carried out here, by name; `elsewhere` are others
    that are known to have done their share, `called` is whether other sites are; `allowed` is whether a container may
    be started right now. `folder` is for images on their way
    from host to host, of which some are `fetching` right now. `target` is what shall run, as far as is known by now,
    and `copies` are the containers as they were seen last, by host and id. `at` is when it is, as far as hours of
    services go, None for now; `moment` says so for everything else. Where everything changes `at_once`,
    rollouts and windows are not heeded."""

    part: SitePart
    accepted: Accepted
    drivers: Mapping[str, Driver]
    journal: Journal
    hands: Hands
    folder: Path
    target: Target = NOTHING
    copies: dict[str, dict[str, Copy]] = field(default_factory=dict)
    provider: Provider = Bare()
    elsewhere: frozenset[str] = frozenset()
    called: bool = False
    allowed: Callable[[ContainerSpec], bool] = lambda spec: not spec.leased
    report: Callable[[Event], None] = lambda _event: None
    fetching: set[str] = field(default_factory=set)
    at: datetime | None = None
    moment: Callable[[], Moment] = moment
    at_once: bool = False

    def now(self) -> Moment:
        """What time it is here."""
        now = self.moment()
        return now if self.at is None else replace(now, wall=self.at)
