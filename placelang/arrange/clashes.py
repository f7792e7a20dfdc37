"""The scheduler's core of a left-out group as sentences: each thing that cannot hold beside the others, with its
clause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from placelang.arrange.amounts import say_amount
from placelang.arrange.reasons import say_kind
from placelang.cite import cite
from placelang.diagnostics import Span
from placelang.lower import Lowered
from placelang.lower.needs import PORT
from placelang_runtime.left_out import Because, Clash
from placelang_scheduler import Core, Instance, LeftOut

MOST = 8
"""Groups, and hosts of a resource, that are named."""


def find_clash(lowered: Lowered, found: Sequence[LeftOut]) -> Clash | None:
    """The clash of the first of groups that are left out alike for which there is a core."""
    for left in found:
        if left.core is not None:
            return say_clash(lowered, left.group, left.core)
    return None


def say_clash(lowered: Lowered, group: int, core: Core, what: str | None = None) -> Clash:
    """The core of a group, or of `what` of it, in words: other groups first, then clauses, then hosts."""
    name = lowered.problem.groups[group].id
    doubt = "" if core.minimal else " (some of it may not matter)"
    return Clash(
        group=name,
        text=f"with {what or f'{name} placed'}, not all of this can hold{doubt}",
        members=(
            *_groups(lowered, group, core.members),
            *_clauses(lowered, core.members),
            *_resources(lowered, core.members),
        ),
        minimal=core.minimal,
    )


def _groups(lowered: Lowered, own: int, members: Iterable[Instance]) -> Iterator[Because]:
    """Groups that are placed, the most important first."""
    groups = lowered.problem.groups
    placed = sorted(
        (-groups[m.group].priority, groups[m.group].id, m.group) for m in members if m.group is not None
    )
    for negated, name, group in placed[:MOST]:
        above = f", with priority {-negated}" if -negated > groups[own].priority else ""
        yield Because(text=f"{name} is placed{above}", clause=cite(lowered.sources, _wanted(lowered, group)))
    if len(placed) > MOST:
        yield Because(text=f"{len(placed) - MOST} more groups are placed", clause=None)


def _wanted(lowered: Lowered, group: int) -> Span:
    """The clause by which the group's first service is wanted."""
    return next(u.service.replicas.span for u in lowered.units if u.group == group)


def _clauses(lowered: Lowered, members: Iterable[Instance]) -> Iterator[Because]:
    """One sentence for each clause, whatever constraints it came to, with the services that hold to it."""
    by_id = {c.id: c for c in lowered.problem.constraints}
    bound: dict[Span, dict[str, None]] = {}
    for name in (m.constraint for m in members if m.constraint is not None):
        constraint = by_id.get(name) or by_id[name.rpartition("/")[0]]
        names = [lowered.units[w].service.name for w in constraint.subjects()]
        bound.setdefault(lowered.clause(name), {}).update(dict.fromkeys(names))
    for span, services in bound.items():
        policy = lowered.policies.get(span)
        what = f"the policy {policy}" if policy is not None else "this clause"
        yield Because(text=f"{what} binds {_some(list(services))}", clause=cite(lowered.sources, span))


def _resources(lowered: Lowered, members: Iterable[Instance]) -> Iterator[Because]:
    """One sentence for each resource, over all hosts that have too little of it."""
    hosts: dict[str, list[int]] = {}
    for member in members:
        if member.resource is not None and member.host is not None:
            hosts.setdefault(member.resource, []).append(member.host)
        elif member.rule is not None:
            yield Because(text=f"hosts have too little: {member.rule}", clause=None)
    for resource, where in sorted(hosts.items()):
        names = _some([lowered.world.hosts.names[host] for host in sorted(where)])
        yield Because(text=f"{names} {_has(lowered, resource, sorted(where))}", clause=None)


def _has(lowered: Lowered, resource: str, hosts: Sequence[int]) -> str:
    verb, together = ("has", "") if len(hosts) == 1 else ("have", " together")
    if resource.startswith(PORT):
        return f"{verb} {say_kind(resource)} once{' each' if together else ''}"
    shapes = [lowered.problem.hosts[host] for host in hosts]
    if all(resource in shape.capacity for shape in shapes):
        amount = sum(shape.capacity[resource] for shape in shapes)
        return f"{verb} {say_amount(lowered.program, resource, amount)}{together}"
    return f"{verb} no more {say_kind(resource)}"


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + rest
