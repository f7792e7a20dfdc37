"""Probes of a container of Kubernetes: the one that says whether it lives, or else whether it is ready."""

from __future__ import annotations

from decimal import Decimal

from placelang.importers.amounts import whole
from placelang.importers.record import Record
from placelang.manifests import containers
from placelang.manifests.draft import Block
from placelang.manifests.kubernetes_ports import port_of
from placelang.manifests.written import brief

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def say_probes(block: Block, one: Record) -> None:
    """One probe is said; the others are noted where they ask something else."""
    chosen: str | None = None
    for name in _PROBES:
        probe = one.record(name)
        if probe is None:
            continue
        how = _how(block, one, probe)
        if how is None:
            block.note(name, f"{name}: {brief(probe.data)}")
        elif chosen is None:
            chosen = how
            seconds = [probe.read(whole, key) for key in ("periodSeconds", "timeoutSeconds")]
            every, timeout = (Decimal(one) if one else None for one in seconds)
            tries = probe.read(whole, "failureThreshold")
            containers.say_health(block, containers.Probe(how, every, timeout or Decimal(1), tries))
            if probe.read(whole, "successThreshold") not in (None, 1):
                block.note("successThreshold", f"{name}.successThreshold: {probe.get('successThreshold')}")
        elif how == chosen:
            probe.get()
            block.tally.kept[name] += 1
        else:
            probe.get()
            block.note(name, f"{name}: {how}")


def _how(block: Block, one: Record, probe: Record) -> str | None:
    get, socket = probe.record("httpGet"), probe.record("tcpSocket")
    command, call = probe.record("exec"), probe.record("grpc")
    if get is not None:
        if get.string("scheme") == "HTTPS":
            block.remark("asked over HTTPS there")
        return containers.http(port_of(one, get.get("port")), get.string("path") or "/")
    if socket is not None:
        return containers.tcp(port_of(one, socket.get("port")))
    if call is not None:
        block.remark("asked over gRPC there; here, whether the port answers")
        return containers.tcp(port_of(one, call.get("port")))
    words = command.get("command") if command else None
    return containers.run([str(word) for word in words]) if isinstance(words, list) else None
