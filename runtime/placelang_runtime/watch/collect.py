"""Looking at what runs, again and again: containers, their health, what they use, what their model servers measured.

`look` asks for what is due and hears what was answered meanwhile; it waits for nothing, so that an engine or a service
that hangs holds up nothing but itself. What is known is in `measured`, for whoever has the thread that looks.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any, Final, TypeVar

from placelang_runtime.apply.hands import Hands
from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.drivers import Copy, Driver, DriverError, Usage
from placelang_runtime.drivers.driver import Answer
from placelang_runtime.watch.measured import MeasuredReplica, Numbers
from placelang_runtime.watch.restarts import Restarts
from placelang_runtime.watch.windows import MOST

T = TypeVar("T")
COPIES_EVERY: Final = 5.0
USAGE_EVERY: Final = 15.0
MODELS_EVERY: Final = 5.0
DISK_EVERY: Final = 600.0

AskModel = Callable[[Copy, ReplicaSpec, str], Numbers | None]
"""What the server in a container measured of a model, None where it does not say."""


def no_models(_copy: Copy, _spec: ReplicaSpec, _model: str) -> Numbers | None:
    """A host whose model servers say nothing."""
    return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Something that was asked, and what is done with the answer."""

    future: Future[Any]
    hear: Callable[[float], None]


@dataclass(slots=True)
class Collector:
    """What is known of the replicas that a host shall run. `asks_disk` is whether anybody wants to know what volumes
    hold, which is much work for an engine."""

    driver: Driver
    hands: Hands
    restarts: Restarts = field(default_factory=lambda: Restarts(""))
    ask_model: AskModel = no_models
    measured: dict[str, MeasuredReplica] = field(default_factory=dict)
    asks_disk: bool = False
    _copies: dict[str, Copy] = field(default_factory=dict)
    _asked: dict[Hashable, _Asked] = field(default_factory=dict)
    _due: dict[Hashable, float] = field(default_factory=dict)

    def watch(self, replicas: Iterable[ReplicaSpec], now: float) -> None:
        """These shall run here from now on."""
        wanted = {spec.name: spec for spec in replicas}
        for name in [name for name, one in self.measured.items() if wanted.get(name) != one.spec]:
            del self.measured[name]
        for name, spec in wanted.items():
            if name not in self.measured:
                restarts = self.restarts.window(spec.own.digest)
                self.measured[name] = MeasuredReplica.fresh(spec, restarts, now)
        self.restarts.keep(one.spec.own.digest for one in self.measured.values())

    def look(self, now: float) -> None:
        """Hear what was answered, and ask for what is due."""
        self._hear(now)
        self._every("copies", COPIES_EVERY, now, self.driver.copies, self._saw)
        if self.asks_disk:
            self._every("disk", DISK_EVERY, now, self.driver.volume_sizes, self._saw_disk)
        for copy in self._copies.values():
            measured = self._of(copy)
            if measured is None or copy.state != "running":
                continue
            usage = partial(self.driver.usage, copy.id)
            self._every(("usage", copy.id), USAGE_EVERY, now, usage, partial(self._saw_usage, copy.id))
            if not copy.labels.container:
                self._ask_models(copy, measured, now)
        for name, measured in self.measured.items():
            if measured.due <= now and ("health", name) not in self._asked:
                self._check(name, measured, now)
        self._hear(now)
        self._forget()

    # asking

    def _every(
        self,
        key: Hashable,
        seconds: float,
        now: float,
        act: Callable[[], T],
        hear: Callable[[T, float], None],
    ) -> None:
        if key not in self._asked and self._due.get(key, now) <= now:
            self._due[key] = now + seconds
            self._ask(key, act, hear)

    def _ask(self, key: Hashable, act: Callable[[], T], hear: Callable[[T, float], None]) -> None:
        future = self.hands.submit(act)
        self._asked[key] = _Asked(future, lambda now: hear(future.result(), now))

    def _hear(self, now: float) -> None:
        for key, asked in list(self._asked.items()):
            if not asked.future.done():
                continue
            del self._asked[key]
            error = asked.future.exception()
            if error is None:
                asked.hear(now)
            elif not isinstance(error, DriverError):
                raise error

    def _forget(self) -> None:
        """Of a container that is gone nothing is due."""
        for key in [key for key in self._due if isinstance(key, tuple) and key[1] not in self._copies]:
            del self._due[key]

    def _check(self, name: str, measured: MeasuredReplica, now: float) -> None:
        copy = self._own(measured)
        if copy is None:
            return
        health = measured.spec.own.health
        if health is None or copy.state != "running":
            measured.hear(copy, None, now)
            return
        asked = partial(_timed, partial(self.driver.ask, copy, health))
        self._ask(("health", name), asked, partial(self._saw_check, copy))

    def _ask_models(self, copy: Copy, measured: MeasuredReplica, now: float) -> None:
        for served in measured.spec.own.serves:
            act = partial(self.ask_model, copy, measured.spec, served.name)
            key = ("model", copy.id, served.name)
            self._every(key, MODELS_EVERY, now, act, partial(_saw_model, measured, served.name))

    # hearing

    def _saw(self, copies: tuple[Copy, ...], now: float) -> None:
        self._copies = {copy.id: copy for copy in copies}
        for measured in self.measured.values():
            measured.seen = now
            measured.keep(self._copies)
        for id_, number in self.restarts.new(copies).items():
            measured_of = self._of(self._copies[id_])
            if measured_of is not None:
                for _ in range(min(number, MOST)):
                    measured_of.restarts.add(now, 1.0)

    def _saw_usage(self, id_: str, usage: Usage, now: float) -> None:
        copy = self._copies.get(id_)
        measured = None if copy is None else self._of(copy)
        if measured is not None:
            measured.use(id_, usage, now)

    def _saw_check(self, copy: Copy, answer: tuple[Answer, float], now: float) -> None:
        measured = self._of(copy)
        if measured is not None:
            said, seconds = answer
            measured.checks.add(now, seconds * 1000)
            measured.failed.add(now, float(not said.healthy))
            measured.hear(copy, said, now)

    def _saw_disk(self, sizes: Mapping[str, int], now: float) -> None:
        for measured in self.measured.values():
            named = {
                c.volume_name(v) for c in measured.spec.containers for v in c.volumes if v.source is None
            }
            measured.disk = (now, sum(sizes.get(name, 0) for name in named))

    # whose it is

    def _of(self, copy: Copy) -> MeasuredReplica | None:
        """The replica that a container is of, if it is the version that shall run."""
        measured = self.measured.get(copy.labels.replica)
        return measured if measured is not None and copy.labels.spec in measured.spec.digests else None

    def _own(self, measured: MeasuredReplica) -> Copy | None:
        wanted = measured.spec.own.digest
        return next((copy for copy in self._copies.values() if copy.labels.spec == wanted), None)


def _timed(act: Callable[[], Answer]) -> tuple[Answer, float]:
    began = perf_counter()
    return act(), perf_counter() - began


def _saw_model(measured: MeasuredReplica, model: str, numbers: Numbers | None, now: float) -> None:
    if numbers is not None:
        measured.models[model] = (now, numbers)
