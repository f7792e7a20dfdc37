"""The tasks of a group: what they run and what they need. The first is the block's own, the others its sidecars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from placelang.importers.amounts import gpu_memory, whole
from placelang.importers.names import RESERVED
from placelang.importers.nomad import MHZ
from placelang.importers.record import Record
from placelang.inventory.values import Wrong
from placelang.manifests import containers
from placelang.manifests.compose_texts import seconds
from placelang.manifests.draft import Block, Draft
from placelang.manifests.nomad_constraints import target
from placelang.manifests.predicates import Predicate, all_of, none_of, one_of
from placelang.manifests.written import in_bytes, plain, plain_text, quoted
from placelang.types import LIMIT

Needs = dict[str, Decimal]
_USUAL: Final = {MHZ: 100, "memory": 300, "disk": 300}
_MIB = Decimal(2**20)
_NANO = Decimal("1e-9")
_INTERPOLATED = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_ALONE = re.compile(r"\$\{([\w.-]+)\}")
_DEVICE = re.compile(r"(?:(?P<vendor>[^/]+)/)?(?P<type>[^/]+)(?:/(?P<model>.+))?")


def say(block: Block, draft: Draft, group: Record) -> None:
    """All tasks; what only runs before or after the others adds nothing but what it needs beyond them."""
    lasting: list[Record] = []
    passing: list[Record] = []
    for task in group.records("Tasks"):
        hook = task.string("Lifecycle", "Hook")
        beside = task.get("Lifecycle", "Sidecar") is True
        (passing if hook in ("prestart", "poststop") and not beside else lasting).append(task)
    lasting.sort(key=lambda task: task.data.get("Lifecycle") is not None)
    needs = [_amounts(task) for task in lasting]
    total = _total(needs)
    extra: Needs = {}
    for task in passing:
        asked = _amounts(task)
        extra = {
            name: max(extra.get(name, Decimal(0)), asked.get(name, Decimal(0)) - total.get(name, Decimal(0)))
            for name in {**extra, **asked}
        }
        block.note("lifecycle", f"task {task.string('Name')}, which runs before or after the others")
        _driver(block, draft, task)
        task.get()
    disk = group.read(whole, "EphemeralDisk", "SizeMB")
    extra["disk"] = Decimal(_USUAL["disk"] if disk is None else disk)
    ports = _ports(block, group)
    for rank, task in enumerate(lasting):
        alone = block.kind == "job"
        own = block if rank == 0 or alone else block.sidecar(task.string("Name") or "task")
        _driver(block, draft, task)
        if rank and alone:
            block.note("task", f"task {task.string('Name')} beside it")
            task.get()
            continue
        asked = total if alone else needs[rank]
        _needs(own, draft, _total([asked, extra]) if rank == 0 else asked, task)
        _task(own, draft, task, ports)
    if not lasting and not passing:
        return
    for service in group.records("Services"):
        _service(block, service, ports)
    for volume in (group.record("Volumes") or Record(group.text, group.place, {})).data:
        _volume(block, draft, group, volume)


def _volume(block: Block, draft: Draft, group: Record, name: str) -> None:
    """A volume of the host has to be there."""
    kind, source = group.string("Volumes", name, "Type"), group.string("Volumes", name, "Source")
    group.get("Volumes", name)
    if kind == "host" and source:
        label = draft.labels.open("host_volumes", "[string]")
        block.say("volume", f"hosts where {quoted(source)} in {label}")
    else:
        block.note("volume", f"volume {name}: {kind} {source}")


def _driver(block: Block, draft: Draft, task: Record) -> None:
    driver = task.string("Driver")
    if driver is not None:
        clause = f"hosts where {quoted(driver)} in {draft.labels.open('drivers', '[string]')}"
        if clause not in block.clauses:
            block.say("driver", clause)


def _amounts(task: Record) -> Needs:
    cores = task.read(whole, "Resources", "Cores")
    mhz = task.read(whole, "Resources", "CPU")
    memory = task.read(whole, "Resources", "MemoryMB")
    found = {"memory": Decimal(_USUAL["memory"] if memory is None else memory)}
    if cores:
        return found | {"cpu": Decimal(cores)}
    return found | {MHZ: Decimal(_USUAL[MHZ] if mhz is None else mhz)}


def _total(needs: Sequence[Needs]) -> Needs:
    names = dict.fromkeys(name for one in needs for name in one)
    return {
        name: sum((max(one.get(name, Decimal(0)), Decimal(0)) for one in needs), Decimal(0)) for name in names
    }


def _needs(block: Block, draft: Draft, needs: Needs, task: Record) -> None:
    said = []
    for name in ("cpu", MHZ, "memory", "disk"):
        amount = needs.get(name, Decimal(0))
        if amount <= 0:
            continue
        if name == MHZ:
            draft.resources[MHZ] = "number"
        size = min(amount * _MIB, Decimal(LIMIT))
        said.append(f"{name} {in_bytes(size) if name in ('memory', 'disk') else plain(amount)}")
    for device in task.records("Resources", "Devices"):
        said += _device(block, device)
    if said:
        block.clauses.append(f"needs {', '.join(said)}")
        block.tally.kept["resources"] += len(said)


def _device(block: Block, device: Record) -> list[str]:
    name, count = device.string("Name") or "", device.read(whole, "Count")
    found = _DEVICE.fullmatch(name)
    if found is None or found["type"] != "gpu":
        block.lose(
            "device", device, f"only GPUs can be needed without a declaration, and this is {name[:60]}"
        )
        device.get()
        return []
    parts = [one_of("vendor", [found["vendor"].lower()])] if found["vendor"] else []
    parts += [one_of("model", [found["model"]])] if found["model"] else []
    for constraint in device.records("Constraints"):
        said = _of_device(*(str(constraint.get(key) or "") for key in ("LTarget", "Operand", "RTarget")))
        if said is None:
            block.lose("device", constraint, "this constraint of a device has no counterpart")
        else:
            parts.append(said)
    where = all_of(parts)
    count = min(max(1 if count is None else count, 1), 1_000)
    return [f"gpu {count} where {where.text}" if parts else f"gpu {count}"]


def _of_device(left: str, operator: str, right: str) -> Predicate | None:
    name = left.removeprefix("${device.").removesuffix("}")
    if name in ("vendor", "model") and operator in ("", "=", "==", "!="):
        value = right.lower() if name == "vendor" else right
        return none_of(name, [value]) if operator == "!=" else one_of(name, [value])
    size = gpu_memory(right)
    if name == "attr.memory" and operator in ("", "=", "<", "<=", ">", ">=") and not isinstance(size, Wrong):
        return Predicate(
            f"memory {operator if operator not in ('', '=') else '=='} {in_bytes(Decimal(size))}"
        )
    return None


def _ports(block: Block, group: Record) -> dict[str, int]:
    """Ports of the host that are asked for; returns each by its name, as the container has it."""
    inside: dict[str, int] = {}
    for level in (group, *group.records("Tasks")):
        keys = ("Networks",) if level is group else ("Resources", "Networks")
        for network in level.records(*keys):
            network.get("Mode")
            for port in network.records("ReservedPorts"):
                host, to = port.read(whole, "Value") or 0, port.get("To")
                label = port.string("Label") or ""
                inside[label] = to if isinstance(to, int) and to > 0 else host
                containers.say_port(block, host, inside[label])
                port.get("HostNetwork")
            for port in network.records("DynamicPorts"):
                to = port.get("To")
                port.get()
                inside[str(port.data.get("Label"))] = to if isinstance(to, int) and to > 0 else 0
                block.note("port", f"port {port.data.get('Label')}, of a number that is chosen there")
    return inside


def _task(block: Block, draft: Draft, task: Record, ports: dict[str, int]) -> None:
    for key in ("Name", "Driver", "Leader", "Lifecycle"):
        task.get(key)
    config = task.record("Config") or Record(task.text, task.place, {})
    image = config.string("image")
    if image is not None:
        containers.say_image(block, image)
    words = [config.string("command")] if config.get("command") else []
    for key in ("entrypoint", "args"):
        listed = config.get(key)
        extra = [str(word) for word in listed] if isinstance(listed, list) else []
        words = [*extra, *words] if key == "entrypoint" else [*words, *extra]
    containers.say_command(block, [word for word in words if word is not None])
    config.get("ports")
    variables = task.record("Env")
    for name in variables.data if variables else ():
        value = variables.get(name) if variables else None
        _variable(block, draft, name, "" if value is None else plain_text(value))
    _rights(block, task, config)
    for service in task.records("Services"):
        _service(block, service, ports)


def _rights(block: Block, task: Record, config: Record) -> None:
    """What it sees and what it may do."""
    volumes = config.get("volumes")
    for volume in volumes if isinstance(volumes, list) else ():
        source, _, rest = str(volume).partition(":")
        path, _, mode = rest.partition(":")
        containers.say_volume(block, path, source, readonly=mode == "ro")
    if config.get("readonly_rootfs") is not True:
        block.clauses.append("writable root")
    if config.get("privileged") is True:
        block.say("privileged", "allow privileged")
    if config.get("network_mode") == "host":
        block.say("network_mode", "allow host network")
    added = config.get("cap_add")
    for name in added if isinstance(added, list) else ():
        containers.say_capability(block, str(name))
    if task.get("User"):
        containers.say_user(block, task.get("User"))


def _variable(block: Block, draft: Draft, name: str, value: str) -> None:
    """A variable, in which attributes of the node may stand."""
    parts, start = [], 0
    for found in _INTERPOLATED.finditer(value):
        parts.append(quoted(value[start : found.start()])[1:-1])
        about = target(draft.labels, found[0])
        start = found.end()
        if about is None or about.closed in RESERVED:
            parts.append(quoted(found[0])[1:-1])
            continue
        fact = about.closed
        parts.append(f"${{{fact if '.' in fact else f'host.{fact}'}}}")
    parts.append(quoted(value[start:])[1:-1])
    text = "".join(parts)
    alone = _ALONE.fullmatch(text)
    containers.say_env(block, name, alone[1] if alone else f'"{text}"')


def _service(block: Block, service: Record, ports: dict[str, int]) -> None:
    """The first check of the container's own ports says whether it is well."""
    for check in service.records("Checks"):
        kind = check.string("Type")
        label = check.string("PortLabel") or service.string("PortLabel") or ""
        port = ports.get(label) or (int(label) if re.fullmatch(r"[0-9]{1,5}", label) else 0)
        path = check.string("Path") or "/"
        how = (
            containers.http(port, path) if kind == "http" else containers.tcp(port) if kind == "tcp" else None
        )
        every, timeout = _seconds(check.get("Interval")), _seconds(check.get("Timeout"))
        check.get()
        if how is None or not block.first("health", ""):
            block.note("check", f"check: {kind} {path if kind == 'http' else ''}")
        else:
            containers.say_health(block, containers.Probe(how, every, timeout))
    name = service.string("Name")
    service.get()
    block.note("service", f"service {name}, by which others find it")


def _seconds(written: object) -> Decimal | None:
    """Nanoseconds in JSON, `10s` in HCL."""
    if isinstance(written, int) and not isinstance(written, bool):
        return Decimal(written) * _NANO if written > 0 else None
    return seconds(written) if written is not None else None
