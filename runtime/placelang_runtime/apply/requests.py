"""What a person asks of a host, as a document: carried out by the command itself, or by the agent that owns the
host."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from placelang_runtime.apply import changes
from placelang_runtime.apply.accept import accept, read_accepted
from placelang_runtime.apply.carry_out import Result, carry_out
from placelang_runtime.apply.retiring import retire
from placelang_runtime.apply.scene import Scene
from placelang_runtime.base import Document
from placelang_runtime.host_config import HostConfig
from placelang_runtime.journal import Accepted
from placelang_runtime.part import SitePart
from placelang_runtime.provision.models import say_source
from placelang_runtime.state import State


class Request(Document):
    """`of` is the app, group, host or model that it is about, this of a `version`. `plan` is the bytes of a signed part
    or a plan, None for the part that holds; `unsigned` takes one that nobody signed. `done` are hosts that have done
    their share, `sites_done` is whether other sites have. `volumes` go with an app that is removed. Files of models are
    below `models`, else where the host's configuration says, else `beside` the plan. `now` heeds no rollout and no
    window."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    command: Literal["apply", "rollback", "remove", "drain", "resume", "begin", "pause", "abort", "retire"]
    of: str | None = None
    version: str | None = None
    plan: bytes | None = None
    unsigned: bool = False
    done: tuple[str, ...] = ()
    sites_done: bool = False
    now: bool = False
    volumes: bool = False
    models: str | None = None
    beside: str | None = None

    @property
    def title(self) -> str:
        """What the history calls it."""
        if self.command == "apply":
            return "apply" if self.plan is not None else "apply again"
        return self.command if self.of is None else f"{self.command} {self.of}"


def part_for(
    request: Request, config: HostConfig, state: State, hosts: tuple[str, ...], *, dry: bool = False
) -> tuple[Accepted, SitePart]:
    """The part that the request is about: the one that it brings, if this host believes that, or the one that holds.
    Raises ChangeError, RefusedError, BadKeyError, JournalError or OSError."""
    source = request.models or config.models or request.beside
    if source is not None and not dry:
        say_source(state.folder, source)
    if request.plan is None:
        return read_accepted(state)
    hosts = (*hosts, *request.done)
    return accept(config, state, request.plan, hosts, unsigned=request.unsigned, dry=dry)


def make_change(scene: Scene, request: Request) -> Result:
    """Do what is asked. Raises what `carry_out` does, and ChangeError where it cannot be."""
    match request.command:
        case "apply":
            scene.at_once = request.now
            return carry_out(scene, request.title)
        case "rollback":
            return changes.roll_back(scene, request.of)
        case "remove":
            return changes.remove(scene, request.of or "", volumes=request.volumes)
        case "drain" | "resume":
            return changes.drain(scene, request.of or "", drained=request.command == "drain")
        case "begin" | "pause" | "abort":
            return changes.say(scene, request.of or "", request.command)
        case "retire":
            return retire(scene, request.of or "", request.version or "")
