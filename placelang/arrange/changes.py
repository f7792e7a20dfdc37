"""What a plan changes of the one that runs, and what ran, as far as that tells."""

from __future__ import annotations

from placelang.arrange.naming import Placed
from placelang.lower import Lowered
from placelang.lower.running import replicas_of
from placelang_runtime.part import Group, Privileges, Replica, Service, SitePart
from placelang_runtime.plan import Change, Changes, Plan


def find_changes(lowered: Lowered, placed: tuple[Placed, ...]) -> Changes | None:
    """All that starts, stops or moves, by name; None where nothing is said to run."""
    if lowered.current is None:
        return None
    hosts = lowered.world.hosts.names
    before = {replica.name: replica.host for _, replica in replicas_of(lowered.current)}
    after = {p.name: hosts[p.host] for p in placed}
    changes = tuple(
        Change(replica=name, source=before.get(name), target=after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )
    return Changes(
        start=sum(c.source is None for c in changes),
        stop=sum(c.target is None for c in changes),
        move=sum(c.source is not None and c.target is not None for c in changes),
        keep=sum(before.get(name) == host for name, host in after.items()),
        list=changes,
    )


def running_before(plan: Plan) -> Plan | None:
    """The plan that ran when `plan` was made, as far as `plan` tells: where everything stood, and what that which
    stays held."""
    changes = plan.header.changes
    if changes is None:
        return None
    moved = {change.replica: change.source for change in changes.list}
    ran: dict[str, list[Replica]] = {}
    for name, replica in replicas_of(plan):
        source = moved.pop(replica.name, replica.host)
        if source is not None:
            ran.setdefault(name, []).append(replica.model_copy(update={"host": source}))
    for name, source in moved.items():
        if source is not None:
            stopped = Replica(name=name, host=source, image=None, env={}, gpus=(), devices=(), sidecars=())
            ran.setdefault(_service_of(name), []).append(stopped)
    services = tuple(_service(name, replicas) for name, replicas in sorted(ran.items()))
    groups = (Group(name="-", priority=0, services=services),)
    part = SitePart(
        site="-", hosts=(), groups=groups, models=(), monitors=(), rollouts=(), windows=(), transfers=()
    )
    return plan.model_copy(update={"parts": (part,)})


def _service_of(replica: str) -> str:
    return replica.partition("@")[0].partition("/")[0]


def _service(name: str, replicas: list[Replica]) -> Service:
    return Service(
        name=name,
        command=(),
        ports=(),
        volumes=(),
        health=None,
        restart="always",
        tags=(),
        after=(),
        serves=(),
        single=False,
        sidecars=(),
        secrets=(),
        addresses=(),
        needs={},
        privileges=Privileges(
            user=None, writable_root=False, capabilities=(), host_network=False, privileged=False
        ),
        replicas=tuple(replicas),
    )
