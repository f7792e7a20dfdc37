"""`arrange_hosts`: the hosts of a component in an order that does not depend on their names.

Enter what each host has; hosts are told apart by that, by what may stand and stands there, and by how those look with
which they share the values of keys, as far as that goes. Those that are left alike keep their order, the
roomiest go first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from placelang_scheduler.placement import EXEMPT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from placelang_scheduler.parts import Scope

Row = tuple[Any, ...]
_LARGE = 50_000
"""Candidates of a component from which on its hosts are not told apart: that would take long, for nothing."""


def arrange_hosts(scope: Scope, keys: Sequence[str], own: Mapping[int, Row]) -> tuple[int, ...]:
    """All hosts of `scope`; `own` are their rows. A component too large to come twice keeps its order."""
    workloads = scope.problem.workloads
    if len(scope.hosts) == 1 or sum(len(workloads[at].candidates) for at in scope.workloads) > _LARGE:
        return scope.hosts
    told = _told(scope)
    hosts = scope.problem.hosts
    rows = {
        host: (row, tuple(_kind(hosts[host].domains.get(key)) for key in keys), tuple(told[host]))
        for host, row in own.items()
    }
    colours = _rank(rows)
    blocks = [_blocks(scope, key) for key in keys]
    while len(set(colours.values())) < len(colours):
        seen = [
            {value: tuple(sorted(colours[h] for h in of)) for value, of in block.items()} for block in blocks
        ]
        refined = _rank(
            {
                host: (
                    colour,
                    tuple(
                        _look(one, hosts[host].domains.get(key)) for one, key in zip(seen, keys, strict=True)
                    ),
                )
                for host, colour in colours.items()
            }
        )
        if len(set(refined.values())) == len(set(colours.values())):
            break
        colours = refined
    return tuple(sorted(scope.hosts, key=lambda host: (colours[host], host)))


def _kind(value: str | None) -> int:
    return 0 if value is None else 1 if value == EXEMPT else 2


def _look(seen: Mapping[str, tuple[int, ...]], value: str | None) -> tuple[int, ...]:
    return () if value is None else seen[value]


def _rank(rows: Mapping[int, Row]) -> dict[int, int]:
    number = {row: at for at, row in enumerate(sorted(set(rows.values()), reverse=True))}
    return {host: number[row] for host, row in rows.items()}


def _blocks(scope: Scope, key: str) -> dict[str, list[int]]:
    """The hosts of each value of a key."""
    found: dict[str, list[int]] = {}
    for host in scope.hosts:
        value = scope.problem.hosts[host].domains.get(key)
        if value is not None:
            found.setdefault(value, []).append(host)
    return found


def _told(scope: Scope) -> dict[int, list[tuple[int, int, int]]]:
    """What workloads and constraints say of each host: which of them (the first is highest), in what way, how much."""
    told: dict[int, list[tuple[int, int, int]]] = {host: [] for host in scope.hosts}
    _tell_workloads(scope, told)
    for number, constraint in enumerate(scope.constraints, start=len(scope.workloads)):
        accepted = getattr(constraint, "accepted", ())
        free = getattr(constraint, "free", None)
        for host in scope.hosts if accepted or free else ():
            if host in accepted:
                told[host].append((-number, 0, 0))
            elif free and host in free:
                told[host].append((-number, 1, free[host]))
    return told


def _tell_workloads(scope: Scope, told: Mapping[int, list[tuple[int, int, int]]]) -> None:
    for number, index in enumerate(scope.workloads):
        workload = scope.problem.workloads[index]
        for host in workload.candidates:
            told[host].append((-number, 0, 0))
        if workload.stay or workload.current:
            for host in workload.stay:
                told[host].append((-number, 1, 0))
            for host, count in workload.current.items():
                told[host].append((-number, 2, count))
        for place, demand in enumerate(workload.devices):
            accepts = demand.accepts
            for host in scope.hosts if accepts is not None else ():
                for position, device in enumerate(scope.problem.hosts[host].devices):
                    if accepts and (host, device.id) in accepts:
                        told[host].append((-number, 3 + place, position))
