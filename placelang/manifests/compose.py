"""Services of Compose files and of Swarm stacks.

https://docs.docker.com/reference/compose-file/, https://docs.docker.com/reference/compose-file/deploy/
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from placelang.codes import Code
from placelang.importers.amounts import whole
from placelang.importers.docker import GPU_KINDS, gpu_vendor
from placelang.importers.names import identifier, resource_name
from placelang.importers.record import Record
from placelang.inventory.values import Wrong
from placelang.manifests import compose_containers, compose_placement
from placelang.manifests.compose_texts import Variables
from placelang.manifests.draft import App, Block, Draft
from placelang.manifests.written import brief

SOURCE: Final = "Compose"
MOST_REPLICAS: Final = 1_000_000
_PROJECT = ("version", "name", "networks", "volumes", "configs", "secrets")


def translate(documents: Sequence[Record], draft: Draft) -> tuple[list[Record], list[Record]]:
    """Put the services into the draft, an app for each file; returns the files, and what is no Compose file."""
    refused = []
    for document in documents:
        if not isinstance(document.data.get("services"), dict) or "kind" in document.data:
            hint = "it has a map of `services`"
            document.fault(Wrong(Code.MISSING_KEY, "this is no Compose file", hint))
            refused.append(document)
        else:
            _project(document, draft)
    return [document for document in documents if document not in refused], refused


def _project(document: Record, draft: Draft) -> None:
    app = draft.app(document.string("name") or PurePath(document.text.source.path).stem)
    variables = Variables(app)
    services = document.record("services")
    for key in document.data:
        if key in _PROJECT or key.startswith("x-"):
            document.get(key)
        elif key != "services":
            draft.note(key, f"{key} of the project")
            document.get(key)
    names = {name: identifier(name, "service") for name in (services.data if services else {})}
    swarm = any(
        "deploy" in one for one in (services.data if services else {}).values() if isinstance(one, dict)
    )
    for name in names:
        one = services.record(name) if services else None
        if one is not None:
            _service(app, draft, one, name, variables, swarm=swarm)
    _order(app, services, list(names))


def _service(app: App, draft: Draft, one: Record, name: str, variables: Variables, *, swarm: bool) -> None:
    block = app.block("service", name)
    profiles = one.get("profiles")
    if profiles:
        listed = profiles if isinstance(profiles, list) else [profiles]
        block.remark(f"only with the profile {' or '.join(map(str, listed))[:80]}")
    if one.get("extends"):
        hint = "`docker compose config` prints the whole of it"
        block.lose("extends", one, "what it extends is not read", "extends", hint=hint)
    _count(block, one, variables)
    _reserved(block, draft, one, variables)
    compose_containers.say(block, one, variables)
    compose_placement.say(block, draft, one)
    if swarm:
        draft.labels.flag("unschedulable")
        block.clauses.append("hosts where not unschedulable")
    one.get("depends_on")
    block.unread(one, [one.place])


def _count(block: Block, one: Record, variables: Variables) -> None:
    mode = one.string("deploy", "mode")
    if mode == "global":
        block.say("mode", "replicas 1 per host")
        return
    if mode not in (None, "replicated"):
        block.note("mode", f"mode: {mode}")
    written = one.get("deploy", "replicas")
    written = one.get("scale") if written is None else written
    count = whole(variables.plain(written)) if written is not None else 1
    if isinstance(count, Wrong):
        one.fault(count, "deploy", "replicas")
        count = 1
    if count == 0:
        block.note("replicas", "replicas: 0, so that none runs there now")
    clause = f"replicas {min(max(count, 1), MOST_REPLICAS)}"
    if written is None:
        block.clauses.append(clause)
    else:
        block.say("replicas", clause)


def _reserved(block: Block, draft: Draft, one: Record, variables: Variables) -> None:
    """What it is promised. Limits alone promise nothing."""
    reserved = one.record("deploy", "resources", "reservations")
    cpus = reserved.get("cpus") if reserved else None
    memory = reserved.get("memory") if reserved else None
    memory = one.get("mem_reservation") if memory is None else memory
    needs = compose_containers.amounts(block, variables, cpus, memory)
    for device in reserved.records("devices") if reserved else ():
        needs += _device(block, device, variables)
    if one.get("gpus") is not None:
        needs += _gpus(block, one, variables)
    for generic in reserved.records("generic_resources") if reserved else ():
        spec = generic.record("discrete_resource_spec")
        kind, count = (spec.string("kind"), spec.read(whole, "value")) if spec else (None, None)
        if kind is None or not count:
            block.note("generic_resources", f"generic_resources: {brief(generic.data)}")
        elif kind.lower() in GPU_KINDS:
            vendor = gpu_vendor(kind)
            needs.append(f"gpu {count}" + (f' where vendor == "{vendor}"' if vendor else ""))
        else:
            draft.resources[resource_name(kind)] = "number"
            needs.append(f"{resource_name(kind)} {count}")
    if needs:
        block.clauses.append(f"needs {', '.join(dict.fromkeys(needs))}")
        block.tally.kept["reservations"] += len(needs)


def _gpus(block: Block, one: Record, variables: Variables) -> list[str]:
    if isinstance(one.data["gpus"], list):
        return [
            need for device in one.records("gpus") for need in _device(block, device, variables, gpu=True)
        ]
    block.lose("gpus", one, "all GPUs of a host cannot be needed: one is", "gpus")
    return ["gpu 1"]


def _device(block: Block, device: Record, variables: Variables, *, gpu: bool = False) -> list[str]:
    """GPUs of a maker; what else a driver may offer has no name here."""
    able = device.get("capabilities")
    if not gpu and not (isinstance(able, list) and "gpu" in able):
        block.lose("devices", device, "only GPUs can be reserved here")
        device.get()
        return []
    driver, count, ids = device.string("driver"), device.get("count"), device.get("device_ids")
    where = f' where vendor == "{driver}"' if driver in ("nvidia", "amd", "intel") else ""
    if isinstance(ids, list) and ids:
        block.note("device_ids", f"device_ids: {brief(ids)}")
        return [f"gpu {min(len(ids), 1_000)}{where}"]
    number = whole(variables.plain(count)) if count is not None else None
    if number is None or isinstance(number, Wrong):
        block.lose(
            "devices", device, "all GPUs of a host cannot be needed: one is", *(["count"] if count else [])
        )
        number = 1
    return [f"gpu {min(max(number, 1), 1_000)}{where}"]


def _order(app: App, services: Record | None, names: Sequence[str]) -> None:
    """What waits for what, as long as nothing waits for itself."""
    waits: dict[str, list[str]] = {}
    blocks = dict(zip(names, app.blocks, strict=False))
    for name in names:
        one = services.record(name) if services else None
        written = one.data.get("depends_on") if one else None
        conditions = written if isinstance(written, dict) else {}
        for other in written if isinstance(written, list | dict) else ():
            if str(other) not in blocks or _reaches(waits, str(other), name):
                blocks[name].note("depends_on", f"depends_on: {other}")
                continue
            waits.setdefault(name, []).append(str(other))
            blocks[name].say("depends_on", f"after {blocks[str(other)].name}")
            condition = conditions.get(other)
            if isinstance(condition, dict) and condition.get("condition") == "service_completed_successfully":
                blocks[name].remark(f"it waits for {blocks[str(other)].name} to have ended there")


def _reaches(waits: dict[str, list[str]], start: str, end: str) -> bool:
    """Whether the first waits for the second, however indirectly."""
    seen, ahead = set(), [start]
    while ahead:
        name = ahead.pop()
        if name == end:
            return True
        if name not in seen:
            seen.add(name)
            ahead += waits.get(name, [])
    return False
