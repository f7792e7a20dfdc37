"""Where the drivers' common suite runs: a driver, and specs of what it can run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from placelang_runtime.containers import ContainerSpec, replicas_on
from placelang_runtime.drivers import Copy, Driver, Given
from placelang_runtime.drivers.memory import MemoryDriver
from tests.runtime.parts import part, service

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
