"""Where the drivers' common suite runs: a driver, and specs of what it can run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Protocol, TypeVar

from placelang_runtime.containers import ContainerSpec, replicas_on
from placelang_runtime.drivers import Copy, Driver, Given
from placelang_runtime.drivers.docker import DockerDriver
from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.drivers.process import ProcessDriver
from tests.engines import BOX, Engine
from tests.runtime.parts import part, service

T = TypeVar("T")

PLAN = "sha256:" + "5" * 64


class Bench(Protocol):
    @property
    def driver(self) -> Driver: ...

    def spec(self, script: str, **said: Any) -> ContainerSpec:
        """A container that runs a script of `sh`, as far as the driver runs anything."""

    def restarted(self) -> Driver:
        """Another driver of the same host, as a new process of ours opens it."""

    def until(self, copy_is: str, id_: str) -> Copy:
        """The container, once it is in that state."""


def spec_of(*, image: str | None, command: tuple[str, ...], **said: Any) -> ContainerSpec:
    (found,) = replicas_on(part(service(image=image, command=command, **said)), "gbg-1")
    return found.own


def given(**said: Any) -> Given:
    return Given(plan=PLAN, **said)


def found(driver: Driver, id_: str) -> Copy:
    (copy,) = [copy for copy in driver.copies() if copy.id == id_]
    return copy


@dataclass
class DockerBench:
    """On a real engine."""

    engine: Engine
    driver: DockerDriver

    def spec(self, script: str, **said: Any) -> ContainerSpec:
        return spec_of(**({"image": BOX, "command": ("sh", "-c", script)} | said))

    def restarted(self) -> Driver:
        return DockerDriver("gbg-1", self.engine.address)

    def until(self, copy_is: str, id_: str) -> Copy:
        return awaited(lambda: self.driver.copy(id_), lambda copy: copy.state == copy_is)


@dataclass
class ProcessBench:
    """As processes of this host, kept in a folder."""

    folder: Path
    driver: ProcessDriver

    def spec(self, script: str, **said: Any) -> ContainerSpec:
        return spec_of(**({"image": None, "command": ("sh", "-c", script)} | said))

    def restarted(self) -> Driver:
        return ProcessDriver("gbg-1", self.folder)

    def until(self, copy_is: str, id_: str) -> Copy:
        return awaited(lambda: self.driver.copy(id_), lambda copy: copy.state == copy_is)


def awaited(see: Callable[[], T], good: Callable[[T], bool], seconds: float = 20.0) -> T:
    """What is seen, once it is good."""
    end = monotonic() + seconds
    while not good(seen := see()):
        assert monotonic() < end, seen
    return seen


@dataclass
class MemoryBench:
    """Scripts say `echo TEXT`, `exit CODE`, or anything else, which runs on."""

    driver: MemoryDriver

    def spec(self, script: str, **said: Any) -> ContainerSpec:
        spec = spec_of(image="box:1", command=("sh", "-c", script), **said)
        said_lines = [line.strip() for line in script.split(";") if line.strip().startswith("echo ")]
        self.driver.wrote[spec.replica] = "".join(line[5:] + "\n" for line in said_lines).encode()
        return spec

    def restarted(self) -> Driver:
        return self.driver

    def until(self, copy_is: str, id_: str) -> Copy:
        copy = found(self.driver, id_)
        if copy_is == "exited" and copy.state == "running":
            self.driver.ends(id_, 3)
        elif copy_is == "restarting":
            self.driver.ends(id_, 3, "restarting", restarts=1)
        return found(self.driver, id_)
