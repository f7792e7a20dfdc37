"""`exactly`: who holds which devices of one host, by the solver, where looking for it takes too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.budget import Budget
from placelang_scheduler.model import Model
from placelang_scheduler.parts import Scope, compose
from placelang_scheduler.rules.desk import arrange
from placelang_scheduler.rules.sharing import post_host
from placelang_scheduler.search import search

if TYPE_CHECKING:
    from collections.abc import Mapping

    from placelang_scheduler.placement import Held
    from placelang_scheduler.problem import Problem

_UNITS = 60.0


def exactly(problem: Problem, host: int, present: Mapping[int, int]) -> dict[int, Held] | None:
    """As `desk.seat`: None where there is no way, or none was found."""
    workloads = tuple(sorted(present))
    groups = tuple(sorted({problem.workloads[index].group for index in workloads}))
    room = {index: {host: present[index]} for index in workloads}
    part = compose(Scope(problem, groups, workloads, (host,), ()), room)
    model = Model([part])
    laid = post_host(model, host, workloads)
    for index in workloads:
        model.cp.add(model.x[index][host] == present[index])
    values = search(model.cp, Budget(_UNITS, 0)).values
    if values is None:
        return None
    found = {share: {name: values[v.index] for name, v in devices.items()} for share, devices in laid.items()}
    standing = tuple((index, problem.workloads[index], present[index]) for index in workloads)
    return arrange(problem, host, standing, found)
