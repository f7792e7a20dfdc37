"""The clauses of a container, none of which the language refuses: what it would refuse is a comment."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from placelang.check.container import CAPABILITIES
from placelang.importers.names import RESERVED
from placelang.manifests.draft import Block
from placelang.manifests.written import LONGEST, duration, quoted

LARGEST_PORT: Final = 65_535
LONGEST_WAIT: Final = 86_400
MOST_RETRIES: Final = 100
EVERY: Final = 10
TIMEOUT: Final = 5
IMAGE = re.compile(r"[A-Za-z0-9._/:@+-]+")
Literal: TypeAlias = Callable[[str], str]
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SECRET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_NAME_OF_SECRET: Final = 200


def _fits(text: str) -> bool:
    """Whether a text is short enough, and on one line: others than values of variables have no control characters."""
    return len(text) <= LONGEST and not _CONTROL.search(text)


def say_image(block: Block, image: str) -> None:
    """The image it runs, where that is written out."""
    if IMAGE.fullmatch(image) and len(image) <= LONGEST:
        block.say("image", f"image {quoted(image)}")
    else:
        block.note("image", f"image: {image}")


def say_command(block: Block, words: Sequence[str], literal: Literal = quoted) -> None:
    """Its arguments, each written as a `literal`."""
    if not all(map(_fits, words)):
        block.note("command", f"command: {' '.join(words)[:LONGEST]}")
    elif words:
        block.say("command", f"command {', '.join(map(literal, words))}")


def say_env(block: Block, name: str, value: str) -> None:
    """A variable, with the expression that is its value."""
    if not _free_variable(block, name):
        return
    if len(value) > LONGEST:
        block.note("env", f"env {name}: its value is too long to stand here")
    else:
        block.say("env", f"env {name} = {value}")


def say_secret(block: Block, name: str, secret: str) -> None:
    """A variable that is a secret in plain sight, as its source has it."""
    if not _SECRET.fullmatch(secret) or len(secret) > _NAME_OF_SECRET:
        block.note("env", f"env {name}: the secret {secret}")
    elif _free_variable(block, name):
        block.say("env", f"unsafe env {name} = secret({quoted(secret)})")


def _free_variable(block: Block, name: str) -> bool:
    if not _VARIABLE.fullmatch(name) or name in RESERVED:
        block.note("env", f"env {name}: no name of a variable here")
        return False
    if not block.first("env", name):
        block.note("env", f"env {name}, a second time")
        return False
    return True


def say_port(block: Block, host: int, inside: int) -> None:
    """A port of the host that leads to one of the container."""
    if block.kind == "job" or not (0 < host <= LARGEST_PORT and 0 < inside <= LARGEST_PORT):
        block.note("port", f"port {host} to {inside}")
    elif host in block.ports:
        block.note("port", f"port {host}, a second time")
    else:
        block.ports.add(host)
        block.say("port", f"port {host}" if host == inside else f"port {host} to {inside}")


def say_volume(
    block: Block, path: str, source: str | None = None, *, keep: bool = False, readonly: bool = False
) -> None:
    """Storage at a path of the container, of its own or from a path of the host."""
    paths = [path] if source is None else [path, source]
    if any(not one.startswith("/") or ".." in one.split("/") or not _fits(one) for one in paths):
        block.note("volume", f"volume {path}" + (f" from {source}" if source else ""))
    elif not block.first("volume", path.rstrip("/") or "/"):
        block.note("volume", f"volume {path}, a second time")
    else:
        words = [f"volume {quoted(path)}", *([f"from {quoted(source)}"] if source else [])]
        words += ["keep"] if keep and block.kind != "job" and not source else []
        block.say("volume", " ".join([*words, *(["readonly"] if readonly else [])]))


@dataclass(frozen=True, slots=True)
class Probe:
    """How to ask whether a container is well, in seconds; None for what the language does by itself."""

    how: str
    every: Decimal | None = None
    timeout: Decimal | None = None
    retries: int | None = None


def say_health(block: Block, probe: Probe) -> None:
    """How to ask whether it is well."""
    waits = [wait for wait in (probe.every, probe.timeout) if wait is not None]
    if block.kind == "job" or any(not Decimal("0.001") <= wait <= LONGEST_WAIT for wait in waits):
        block.note("health", f"health {probe.how}")
        return
    words = [f"health {probe.how}"]
    words += [f"every {duration(probe.every)}"] if probe.every and probe.every != EVERY else []
    words += [f"timeout {duration(probe.timeout)}"] if probe.timeout and probe.timeout != TIMEOUT else []
    retries = min(max(probe.retries or 3, 1), MOST_RETRIES)
    block.say("health", " ".join([*words, *([f"retries {retries}"] if retries != 3 else [])]))  # noqa: PLR2004 - the default


def http(port: int, path: str) -> str | None:
    """How to ask over HTTP."""
    path = path if path.startswith("/") else f"/{path}"
    return f"http {port} {quoted(path)}" if 0 < port <= LARGEST_PORT and _fits(path) else None


def tcp(port: int) -> str | None:
    """How to ask whether a port answers."""
    return f"tcp {port}" if 0 < port <= LARGEST_PORT else None


def run(words: Sequence[str], literal: Literal = quoted) -> str | None:
    """How to ask by a command in the container, of words that are written as a `literal`."""
    fits = words and all(map(_fits, words))
    return f"exec {', '.join(map(literal, words))}" if fits else None


def say_capability(block: Block, name: str) -> None:
    """What it may do beyond the ordinary."""
    short = name.upper().removeprefix("CAP_")
    if short in CAPABILITIES:
        block.say("capability", f"allow capability {short}")
    else:
        block.note("capability", f"capability {name}")


def say_user(block: Block, user: object) -> None:
    """The number of the user it runs as."""
    text = str(user)
    if re.fullmatch(r"[0-9]{1,9}", text):
        block.say("user", f"user {int(text)}")
    else:
        block.note("user", f"user {text}")
