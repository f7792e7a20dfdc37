"""A host that is only thought of: for dry runs, which begin with what runs on a real one, and for tests.

It keeps every promise of the protocol. A container that is started runs and is healthy, and a registry has every
image, unless `on` says otherwise: it hears of each action before it is done, and may raise `DriverError`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock
from typing import Final

from placelang_runtime.containers import ContainerSpec
from placelang_runtime.drivers.driver import (
    SHORTEST_GRACE,
    Answer,
    Copy,
    EngineVersion,
    Fetched,
    Given,
    NamedVolume,
    State,
    Usage,
)
from placelang_runtime.drivers.errors import DriverError
from placelang_runtime.drivers.labels import labels_of, volumes_of
from placelang_runtime.part import Health

SIZE: Final = 1 << 20
"""Of an image that nobody has."""


@dataclass(slots=True)
class MemoryDriver:
    """`images` are at hand; `wrote` is what containers wrote, `uses` what they use, by replica; `sick` has replicas
    whose checks fail."""

    host: str
    images: set[str] = field(default_factory=set)
    on: Callable[[str, str], None] = lambda _action, _of: None
    wrote: dict[str, bytes] = field(default_factory=dict)
    uses: dict[str, Usage] = field(default_factory=dict)
    sick: set[str] = field(default_factory=set)
    clock: Callable[[], float] = lambda: 0.0
    made: int = 0
    changed: Event = field(default_factory=Event, repr=False)
    _copies: dict[str, Copy] = field(default_factory=dict)
    _volumes: dict[str, NamedVolume] = field(default_factory=dict)
    _numbering: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def name(self) -> str:
        return "memory"

    @classmethod
    def like(cls, host: str, copies: Iterable[Copy], images: Iterable[str] = ()) -> MemoryDriver:
        """A host on which the same containers are as on another."""
        return cls(host, images=set(images), _copies={copy.id: copy for copy in copies})

    def version(self) -> EngineVersion:
        self.on("version", self.host)
        return EngineVersion("memory", "1", "1")

    def gateway(self) -> str | None:
        return "127.0.0.1"

    def copies(self) -> tuple[Copy, ...]:
        self.on("copies", self.host)
        return tuple(sorted(self._copies.values(), key=lambda copy: copy.name))

    def follow(self) -> Iterator[None]:
        while True:
            self.changed.wait()
            self.changed.clear()
            yield

    def copy(self, id: str) -> Copy:  # noqa: A002
        return self._there(id, "copy")

    def create(self, spec: ContainerSpec, given: Given) -> str:
        self.on("create", spec.replica)
        labels = labels_of(spec, given)
        there = next((c for c in tuple(self._copies.values()) if c.name == spec.name), None)
        if there is not None:
            if there.labels.spec != spec.digest or there.labels.host != self.host:
                raise DriverError("taken", f"the name {spec.name} is taken")
            return there.id
        if spec.image is not None and spec.image not in self.images:
            raise DriverError("no-image", f"{spec.image} is not on {self.host}: fetch it first")
        for volume in volumes_of(spec):
            self._volumes.setdefault(volume.name, volume)
        with self._numbering:
            self.made += 1
            id_ = f"{self.made:012x}"
        self._copies[id_] = Copy(
            id_, spec.name, labels, "created", exit_code=None, started_at=None, restarts=0, address=None
        )
        return id_

    def start(self, id: str) -> None:  # noqa: A002
        copy = self._there(id, "start")
        if copy.state != "running":
            self._copies[id] = replace(
                copy, state="running", started_at=self.clock(), exit_code=None, address="127.0.0.1"
            )

    def stop(self, id: str, grace: float = SHORTEST_GRACE) -> None:  # noqa: A002
        copy = self._there(id, "stop")
        if copy.state in {"running", "restarting"}:
            self.ends(id, 0)

    def remove(self, id: str) -> None:  # noqa: A002
        if id in self._copies:
            self._there(id, "remove")
            del self._copies[id]
            self.changed.set()

    def ends(self, id: str, code: int, state: State = "exited", restarts: int = 0) -> None:  # noqa: A002
        """Let a container end by itself."""
        self._copies[id] = replace(
            self._copies[id], state=state, exit_code=code, address=None, restarts=restarts
        )
        self.changed.set()

    def logs(self, id: str, tail: int, *, follow: bool = False) -> Iterator[bytes]:  # noqa: A002
        copy = self._there(id, "logs")
        lines = self.wrote.get(copy.labels.replica, b"").splitlines(keepends=True)
        yield from lines[len(lines) - tail :] if tail < len(lines) else lines

    def ask(self, copy: Copy, health: Health) -> Answer:
        self.on("ask", copy.labels.replica)
        if copy.labels.replica in self.sick:
            return Answer(healthy=False, why="it says that it is not healthy")
        running = self._there(copy.id, "asked").state == "running"
        return Answer(running, "" if running else "it does not run")

    def usage(self, id: str) -> Usage:  # noqa: A002
        replica = self._there(id, "usage").labels.replica
        return self.uses.get(replica, Usage(cpu_seconds=0.0, memory=0))

    def disk(self) -> Mapping[str, int]:
        return dict.fromkeys(self._copies, 0)

    def has_image(self, image: str) -> bool:
        return image in self.images

    def fetch_image(self, image: str, report: Callable[[Fetched], None]) -> None:
        self.on("fetch", image)
        report(Fetched(image, SIZE, SIZE))
        self.images.add(image)

    def save_image(self, image: str, to: Path) -> None:
        self.on("save", image)
        if image not in self.images:
            raise DriverError("no-image", f"{image} is not on {self.host}: fetch it first")
        to.write_text(json.dumps({"image": image}), encoding="utf-8")

    def load_image(self, file: Path) -> None:
        self.on("load", file.name)
        try:
            self.images.add(json.loads(file.read_text(encoding="utf-8"))["image"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DriverError("failed", f"{file} holds no image: {error}") from error

    def check_image(self, file: Path, image: str, ids: Collection[str]) -> None:
        if json.loads(file.read_text(encoding="utf-8")) != {"image": image}:
            raise DriverError("refused", f"{file} does not hold {image}")

    def remove_image(self, image: str) -> None:
        self.on("remove-image", image)
        self.images.discard(image)

    def volumes(self) -> tuple[NamedVolume, ...]:
        return tuple(sorted(self._volumes.values(), key=lambda volume: volume.name))

    def volume_sizes(self) -> Mapping[str, int]:
        self.on("volume-sizes", self.host)
        return dict.fromkeys(self._volumes, 0)

    def remove_volume(self, name: str) -> None:
        self.on("remove-volume", name)
        self._volumes.pop(name, None)

    def _there(self, id: str, action: str) -> Copy:  # noqa: A002
        copy = self._copies.get(id)
        if copy is None:
            raise DriverError("not-found", f"there is no container {id} on {self.host}")
        self.on(action, copy.labels.replica)
        return copy
