"""The container of a service of Compose."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from placelang.importers.amounts import number
from placelang.importers.record import Record
from placelang.inventory.values import Wrong
from placelang.manifests import containers
from placelang.manifests.compose_texts import Variables, seconds
from placelang.manifests.draft import Block
from placelang.manifests.written import LONGEST, brief, cores, in_bytes
from placelang.types import LIMIT

_SIZE = re.compile(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?)i?b?\s*", re.IGNORECASE)
_BINARY = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_RANGE = re.compile(r"(?:[\[\]0-9.:a-fA-F]*:)?(\d{1,5}):(\d{1,5})(?:/(tcp|udp))?", re.ASCII)
_RESTARTS: Final = {"no": "restart never", "none": "restart never", "on-failure": "restart on-failure"}
_HOSTNAME: Final = "{{.Node.Hostname}}"


def amounts(block: Block, variables: Variables, cpus: object, memory: object) -> list[str]:
    """Processors and memory as needs."""
    needs = []
    count = number(variables.plain(cpus)) if cpus is not None else None
    if isinstance(count, float) and count > 0:
        needs.append(f"cpu {cores(Decimal(repr(count)))}")
    elif cpus is not None and count != 0:
        block.note("cpus", f"cpus: {cpus}")
    found = _SIZE.fullmatch(variables.plain(memory)) if memory is not None else None
    size = Decimal(found[1]) * _BINARY[found[2].lower()] if found else Decimal(0)
    if 0 < size <= LIMIT:
        needs.append(f"memory {in_bytes(size)}")
    elif memory is not None and found is None:
        block.note("memory", f"memory: {memory}")
    return needs


def say(block: Block, one: Record, variables: Variables) -> None:
    """Its image, what it runs, what it sees and what it may do."""
    _image(block, one, variables)
    entry, words = _words(one.get("entrypoint")), _words(one.get("command"))
    if entry:
        block.remark("the first words replace the entry point of the image there")
    containers.say_command(block, [*entry, *words], variables.literal)
    _environment(block, one, variables)
    for port in _listed(one, "ports"):
        _port(block, port, variables)
    for volume in _listed(one, "volumes"):
        _volume(block, volume, variables)
    _health(block, one, variables)
    _restart(block, one)
    _rights(block, one)


def _image(block: Block, one: Record, variables: Variables) -> None:
    written = one.get("image")
    if written is None:
        return
    plain = variables.plain(written)
    if containers.IMAGE.fullmatch(plain) and len(plain) <= LONGEST:
        block.say("image", f"image {variables.literal(written)}")
    else:
        block.note("image", f"image: {written}")


def _words(written: object) -> list[str]:
    if isinstance(written, list):
        return [str(word) for word in written]
    if written is None:
        return []
    try:
        return shlex.split(str(written)[:LONGEST])
    except ValueError:
        return [str(written)]


def _listed(one: Record, key: str) -> Sequence[object]:
    found = one.get(key)
    return found if isinstance(found, list) else []


def _environment(block: Block, one: Record, variables: Variables) -> None:
    written = one.get("environment")
    if isinstance(written, dict):
        pairs = [(str(name), value) for name, value in written.items()]
    else:
        texts = [str(entry) for entry in written] if isinstance(written, list) else []
        pairs = [
            (name, value if there else None) for name, there, value in (text.partition("=") for text in texts)
        ]
    for name, value in pairs:
        if value is None:
            containers.say_env(block, name, variables.variable(name))
        elif str(value).strip() == _HOSTNAME:
            containers.say_env(block, name, "host.name")
        else:
            containers.say_env(block, name, variables.literal(value))


def _port(block: Block, port: object, variables: Variables) -> None:
    if isinstance(port, dict):
        outer, inner = variables.plain(port.get("published")), variables.plain(port.get("target"))
        text = f"{outer}:{inner}/{port.get('protocol', 'tcp')}"
    else:
        text = variables.plain(port)
    found = _RANGE.fullmatch(text)
    if found is None or found[3] == "udp":
        block.note("ports", f"ports: {brief(port)}")
    else:
        containers.say_port(block, int(found[1]), int(found[2]))


def _volume(block: Block, volume: object, variables: Variables) -> None:
    if isinstance(volume, dict):
        kind, source = volume.get("type"), volume.get("source")
        target, readonly = variables.plain(volume.get("target")), volume.get("read_only") is True
        source = variables.plain(source) if source and kind != "tmpfs" else ""
    else:
        source, _, rest = variables.plain(volume).partition(":")
        target, _, mode = rest.partition(":")
        source, target = (source, target) if target else ("", source)
        readonly = "ro" in mode.split(",")
    if source.startswith("/"):
        containers.say_volume(block, target, source, readonly=readonly)
    elif source.startswith((".", "~")):
        block.note("volumes", f"volume {target} from {source}, beside the Compose file")
    else:
        containers.say_volume(block, target, keep=bool(source), readonly=readonly)


def _health(block: Block, one: Record, variables: Variables) -> None:
    check = one.record("healthcheck")
    test = check.get("test") if check else None
    if check is None or check.get("disable") is True or test in (["NONE"], None):
        return
    words = [str(word) for word in test] if isinstance(test, list) else ["CMD-SHELL", str(test)]
    ask = ["/bin/sh", "-c", *words[1:]] if words[:1] == ["CMD-SHELL"] else words[1:]
    how = containers.run(ask, variables.literal)
    every, timeout = (
        seconds(check.get(key)) if check.get(key) is not None else None for key in ("interval", "timeout")
    )
    tries = number(variables.plain(check.get("retries"))) if check.get("retries") is not None else None
    if how is None:
        block.note("healthcheck", f"healthcheck: {brief(test)}")
        return
    again = None if tries is None or isinstance(tries, Wrong) else int(tries)
    containers.say_health(block, containers.Probe(how, every or Decimal(30), timeout or Decimal(30), again))


def _restart(block: Block, one: Record) -> None:
    written = one.get("restart")
    if written is None:
        written = one.get("deploy", "restart_policy", "condition")
    if written is None:
        return
    mode = "no" if written is False else str(written).partition(":")[0]
    block.say("restart", *([_RESTARTS[mode]] if mode in _RESTARTS else []))


def _rights(block: Block, one: Record) -> None:
    user = one.get("user")
    if user is not None:
        containers.say_user(block, str(user).partition(":")[0])
    if one.get("read_only") is not True:
        block.clauses.append("writable root")
    if one.get("privileged") is True:
        block.say("privileged", "allow privileged")
    if one.get("network_mode") == "host":
        block.say("network_mode", "allow host network")
    for name in _listed(one, "cap_add"):
        containers.say_capability(block, str(name))
