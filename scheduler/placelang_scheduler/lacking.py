"""`lacking`: of what there is too little for groups that are left out, beside what is placed, without a solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.certificates import certify
from placelang_scheduler.drafts import Draft
from placelang_scheduler.explain import shortages
from placelang_scheduler.parts import compose, limiting, measure, whole
from placelang_scheduler.placement import Settled
from placelang_scheduler.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from placelang_scheduler.problem import Problem


def lacking(
    problem: Problem, placements: Sequence[Mapping[int, int]], admitted: Iterable[int], groups: Iterable[int]
) -> dict[int, frozenset[str]]:
    """For each of `groups`, the resources that are short beside `placements`, which break no rule."""
    scope, limits = whole(problem), limiting(problem.constraints)
    room = measure(problem, limits)
    barred = certify(problem, room, limits, scope.groups)
    closed = {
        index: {} if problem.workloads[index].group in barred else found for index, found in room.items()
    }
    part = compose(scope, closed, barred)
    state = State(part)
    state.restore(Settled(dict(enumerate(placements)), frozenset(admitted)))
    one = Draft(part, (), state, [], [])
    return {
        group: frozenset(reason.resource for reason in shortages(one, group) if reason.resource is not None)
        for group in groups
    }
