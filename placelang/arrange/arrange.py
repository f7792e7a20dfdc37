"""`arrange`: a solution becomes a plan.

Enter `Lowered`, its `Solution` and what both were made from; leaves `Plan`. Replicas get names, GPUs and devices, who
runs keeps all three; what is left out gets its reasons; jobs get a timetable on what all that leaves. The same input
gives the same plan, byte for byte.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic import ValidationError

from placelang.arrange import header as head
from placelang.arrange.changes import find_changes
from placelang.arrange.contingencies import with_contingencies
from placelang.arrange.displaced import find_displaced
from placelang.arrange.funnels import funnel
from placelang.arrange.left_out import find_left_out
from placelang.arrange.links import name_links
from placelang.arrange.naming import Placed, name_replicas
from placelang.arrange.operations import hosts_of, rollouts_of, services_of, standing
from placelang.arrange.parts import site_parts
from placelang.arrange.relied import find_relied
from placelang.arrange.stays import find_stays, find_unknown_preferences
from placelang.arrange.steps import with_steps
from placelang.arrange.things import hand_out
from placelang.arrange.windows import find_unread
from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.errors import InputError
from placelang.forms import forms_of
from placelang.inventory import show_time
from placelang.lower import Lowered
from placelang.timing import Effort, Standing, Timed, plan_jobs, with_jobs
from placelang_runtime.part import SitePart
from placelang_runtime.plan import Header, Plan
from placelang_runtime.steps import Schedule
from placelang_scheduler import Solution

_TOO_LARGE = ("string_too_long", "too_long", "less_than_equal")


def arrange(lowered: Lowered, solution: Solution, inputs: head.Inputs) -> Plan:
    """The plan of a solution. Raises `InputError` where a name or a text is too long for any plan."""
    return arrange_with_effort(lowered, solution, inputs)[0]


def arrange_with_effort(
    lowered: Lowered, solution: Solution, inputs: head.Inputs
) -> tuple[Plan, Effort | None]:
    """As `arrange`, with what the timetable took."""
    try:
        return _plan(lowered, solution, inputs)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] not in _TOO_LARGE:
            raise
        where = ".".join(str(step) for step in first["loc"])
        fault = Diagnostic(
            Code.OUT_OF_RANGE, f"a plan cannot hold this: {error.title}.{where}: {first['msg'].lower()}"
        )
        raise InputError([fault], lowered.sources) from error


class Arranged(NamedTuple):
    """The parts of a plan, with what its header is made from."""

    placed: tuple[Placed, ...]
    parts: tuple[SitePart, ...]
    timed: Timed
    schedule: Schedule


def arrange_parts(lowered: Lowered, solution: Solution, inputs: head.Inputs) -> Arranged:
    """The parts alone."""
    placed = name_replicas(lowered, solution)
    linked = name_links(lowered, solution.pairs, placed)
    holdings = hand_out(lowered, solution, placed)
    parts = site_parts(lowered, placed, holdings, linked, seed=inputs.seed)
    timed = plan_jobs(lowered, Standing(placed, holdings, parts), seed=inputs.seed, budget=inputs.budget)
    parts = with_jobs(parts, timed)
    parts = with_contingencies(lowered, solution, placed, parts)
    parts, schedule = with_steps(lowered, placed, parts)
    return Arranged(placed, parts, timed, schedule)


def _plan(lowered: Lowered, solution: Solution, inputs: head.Inputs) -> tuple[Plan, Effort | None]:
    placed, parts, timed, schedule = arrange_parts(lowered, solution, inputs)
    at, where, hosts = lowered.world.at, standing(lowered, placed), hosts_of(lowered, placed)
    header = Header(
        versions=head.versions(),
        seed=inputs.seed,
        budget=inputs.budget,
        at=show_time(at) if at is not None else None,
        inputs=head.digests(lowered, inputs),
        params=head.params(lowered),
        outcome=timed.outcome(head.outcome(solution)),
        timed_out=solution.timed_out,
        levels=head.levels(solution),
        left_out=find_left_out(lowered, solution, inputs.seed),
        changes=find_changes(lowered, placed),
        stays=find_stays(lowered, placed),
        unknown_preferences=find_unknown_preferences(lowered, hosts),
        nowhere=tuple(funnel(lowered, forms_of(service)[0].form, None) for service in lowered.nowhere),
        rollouts=rollouts_of(lowered, where, inputs.seed),
        unread_windows=find_unread(lowered, services_of(lowered, where)),
        parts=head.part_digests(parts),
        timetable=timed.timetable,
        schedule=schedule,
        displaced=find_displaced(lowered, solution, placed),
        relied=find_relied(lowered, hosts),
        uncounted=head.uncounted(lowered, parts),
    )
    return Plan(header=header, parts=parts), timed.effort
