"""The containers of a pod: what they run and what they need."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from placelang.importers.amounts import quantity, whole
from placelang.importers.kubernetes import GPUS
from placelang.importers.names import resource_name
from placelang.importers.record import Record
from placelang.manifests import containers
from placelang.manifests.draft import Block, Draft
from placelang.manifests.kubernetes_env import literals, say_env, substituted
from placelang.manifests.kubernetes_probes import say_probes
from placelang.manifests.kubernetes_volumes import say_volumes
from placelang.manifests.predicates import one_of
from placelang.manifests.workloads import Workload
from placelang.manifests.written import cores, in_bytes, plain

Needs = dict[str, Decimal]
_AMOUNTS: Final = {"cpu": "cpu", "memory": "memory", "ephemeral-storage": "disk"}
_RESTARTS = {"OnFailure": "restart on-failure", "Never": "restart never"}
MOST_GPUS: Final = 1_000


def say(workload: Workload) -> None:
    """The first container as the block's own, the others as its sidecars."""
    pod, block = workload.pod, workload.block
    running = list(pod.records("containers"))
    first: list[Record] = []
    beside: list[Record] = []
    for one in pod.records("initContainers"):
        (beside if one.get("restartPolicy") == "Always" else first).append(one)
    main = running[0] if running else None
    needs = [_requests(one) for one in (*running, *beside)]
    peak = _peak(list(pod.records("initContainers")))
    total = _total(needs)
    extra = {name: more for name, most in peak.items() if (more := most - total.get(name, Decimal(0))) > 0}
    if extra:
        block.remark("what its init containers need more than all others together is added")
    for one in first:
        name = one.string("name")
        one.get()
        block.note("initContainers", f"initContainers: {name}, {one.string('image')}")
    if main is not None:
        own = total if workload.recurs else needs[0]
        _container(workload, block, main, _added(own, extra))
    for one, need in zip((*running[1:], *beside), needs[1:], strict=True):
        if workload.recurs:
            one.get()
            block.note("containers", f"containers: {one.string('name')}, {one.string('image')} beside it")
        else:
            _container(workload, block.sidecar(one.string("name") or "sidecar"), one, need)
    restart = pod.string("restartPolicy")
    if restart in _RESTARTS and not workload.recurs:
        block.say("restartPolicy", _RESTARTS[restart])
    if pod.get("hostNetwork") is True:
        block.say("hostNetwork", "allow host network")


def _container(workload: Workload, block: Block, one: Record, needs: Needs) -> None:
    one.get("name")
    image = one.string("image")
    if image is not None:
        containers.say_image(block, image)
    values = literals(workload, one)
    words = [*_words(one, "command"), *_words(one, "args")]
    if one.get("command"):
        block.remark("the first words replace the entry point of the image there")
    containers.say_command(block, [substituted(word, values) for word in words])
    _needs(block, workload.draft, needs)
    _limits(block, one)
    _ports(workload, block, one)
    say_env(workload, block, one)
    say_volumes(workload, block, one)
    say_probes(block, one)
    _security(workload, block, one)


def _words(one: Record, key: str) -> list[str]:
    found = one.get(key)
    return [str(word) for word in found] if isinstance(found, list) else []


def _requests(one: Record) -> Needs:
    """What a container asks for; where only its limit is written, that is what it asks for."""
    found: Needs = {}
    for kind in ("requests", "limits"):
        amounts = one.record("resources", kind)
        for name in amounts.data if amounts else ():
            limited = kind == "limits" and name in found
            amount = amounts.read(quantity, name) if amounts and not limited else None
            if amount:
                found[name] = Decimal(repr(amount))
    return found


def _peak(first: Iterable[Record]) -> Needs:
    """What is needed at most before the containers start: each init container beside those that go on from before."""
    lasting: Needs = {}
    peak: Needs = {}
    for one in first:
        now = _added(lasting, _requests(one))
        if one.get("restartPolicy") == "Always":
            lasting = now
        peak = {name: max(now.get(name, Decimal(0)), peak.get(name, Decimal(0))) for name in {**now, **peak}}
    return peak


def _added(left: Needs, right: Needs) -> Needs:
    return {name: left.get(name, Decimal(0)) + right.get(name, Decimal(0)) for name in {**left, **right}}


def _total(needs: Iterable[Needs]) -> Needs:
    total: Needs = {}
    for one in needs:
        total = _added(total, one)
    return total


def need(draft: Draft, name: str, amount: Decimal) -> str | None:
    """An amount of a resource of Kubernetes, as a need; None for one that is none."""
    if name in _AMOUNTS:
        return f"{_AMOUNTS[name]} {cores(amount) if name == 'cpu' else in_bytes(amount)}"
    if name in GPUS:
        count = min(int(amount), MOST_GPUS)
        vendor = GPUS[name]
        where = f" where {one_of('vendor', [vendor]).text}" if vendor else ""
        return f"gpu {count}{where}" if count else None
    own = resource_name(name)
    pages = name.startswith("hugepages-")
    draft.resources[own] = "bytes" if pages else "number"
    return f"{own} {in_bytes(amount) if pages else plain(amount)}"


def _needs(block: Block, draft: Draft, needs: Needs) -> None:
    ordered = sorted(needs, key=lambda name: (list(_AMOUNTS).index(name) if name in _AMOUNTS else 9, name))
    said = [text for name in ordered if (text := need(draft, name, needs[name]))]
    if said:
        block.clauses.append(f"needs {', '.join(said)}")
        block.tally.kept["resources"] += len(said)


def _limits(block: Block, one: Record) -> None:
    limits = one.record("resources", "limits")
    requests = one.record("resources", "requests")
    own = requests.data if requests else {}
    above = [
        f"{name} {limits.get(name)}"
        for name in (limits.data if limits else {})
        if limits and name in own and limits.get(name) != own[name]
    ]
    if above:
        block.note("limits", f"limits: {', '.join(above)}")


def _ports(workload: Workload, block: Block, one: Record) -> None:
    """Ports of the node. Those of the container alone are published by nothing."""
    inner = []
    for port in one.records("ports"):
        inside = port.read(whole, "containerPort") or 0
        host = port.read(whole, "hostPort")
        if workload.pod.get("hostNetwork") is True:
            host = inside
        protocol = port.string("protocol") or "TCP"
        port.get("name")
        if host is None:
            inner.append(f"{inside}" if protocol == "TCP" else f"{inside}/{protocol}")
        elif protocol != "TCP":
            block.lose("ports", port, f"port {host} is {protocol}, and only TCP is published here")
        else:
            containers.say_port(block, host, inside)
    if inner:
        block.remark(f"listens on {', '.join(inner)}; `port` would publish it on the host")


def _security(workload: Workload, block: Block, one: Record) -> None:
    inner, outer = one.record("securityContext"), workload.pod.record("securityContext")
    user = inner.get("runAsUser") if inner else None
    user = outer.get("runAsUser") if user is None and outer else user
    if user is not None:
        containers.say_user(block, user)
    readonly = inner.get("readOnlyRootFilesystem") if inner else None
    if readonly is not True:
        block.clauses.append("writable root")
    if outer is not None:
        outer.get("runAsNonRoot")
    if inner is None:
        return
    inner.get("runAsNonRoot")
    if inner.get("privileged") is True:
        block.say("privileged", "allow privileged")
    added = inner.record("capabilities")
    names = added.get("add") if added else None
    for name in names if isinstance(names, list) else ():
        containers.say_capability(block, str(name))
