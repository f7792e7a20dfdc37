"""`aftermath`: a part as a placement of it and a loss leave it, a part to place by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from placelang_scheduler.losses.left import asked, bent, hosts_left, standing
from placelang_scheduler.objectives import Moves, Placed
from placelang_scheduler.parts import Scope, compose, limiting, room_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from placelang_scheduler.parts import Part, Room
    from placelang_scheduler.placement import Loss, Placement
    from placelang_scheduler.problem import Workload


def aftermath(part: Part, placement: Placement, loss: Loss, covered: Collection[int]) -> Part:
    """What is left of `part` where `covered` is guaranteed: of the groups that are admitted nothing may be left out,
    and as little as need be may move."""
    problem = part.problem
    shapes = {
        index: standing(problem, placement, index, loss, covered)
        for index in part.workloads
        if placement.admits(problem.workloads[index].group)
    }
    hurt = [
        index
        for index in shapes
        if index not in covered and any(placement.on(index).get(host) for host in loss)
    ]
    kept = [bent(one, problem, loss, shapes) for one in asked(part.constraints, covered, hurt)]
    workloads = list(problem.workloads)
    for index, shape in shapes.items():
        workloads[index] = shape
    left = replace(
        problem,
        hosts=hosts_left(problem, loss),
        workloads=tuple(workloads),
        constraints=tuple(kept),
        objectives=(Placed(), Moves()),
    )
    scope = Scope(left, part.groups, part.workloads, (), tuple(kept))
    spared = len(kept) < sum(one.weight is None and one.keyword != "survive" for one in part.constraints)
    limits = limiting(kept) if spared else None
    room: dict[int, dict[int, int]] = {index: {} for index in part.workloads}
    for index, shape in shapes.items():
        if limits is None:
            room[index] = _narrow(part.room, index, shape, loss)
        else:
            room[index] = room_of(left, index, limits.get(index, ()))
    barred = [group for group in part.groups if not placement.admits(group)]
    return compose(scope, room, barred)


def _narrow(room: Room, index: int, shape: Workload, loss: Loss) -> dict[int, int]:
    """The room of before the loss, as far as it is left."""
    found = {}
    staying = set(shape.stay)
    for host, most in room[index].items():
        if host not in loss:
            limit = min(most, shape.maximum, shape.current.get(host, 0) if host in staying else most)
            if limit:
                found[host] = limit
    return found
