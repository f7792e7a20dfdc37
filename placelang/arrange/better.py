"""Why a replica does not serve better variants of its models: what its host lacks for each, or has no more of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from placelang.arrange.amounts import say_amount
from placelang.arrange.funnels import missing_of, step_text
from placelang.arrange.naming import Placed
from placelang.lower import Lowered
from placelang_scheduler.hours import peak
from placelang_scheduler.rules import devices

Present = Mapping[int, int]
"""Replicas on a host, by unit."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A better choice, by its number, and what is in its way."""

    choice: int
    text: str


def find_missed(lowered: Lowered, placed: tuple[Placed, ...]) -> dict[str, tuple[Missed, ...]]:
    """By replica, the choices that are fewer steps from the best than its own."""
    here: dict[int, Counter[int]] = defaultdict(Counter)
    for p in placed:
        here[p.host][p.unit] += 1
    found = {}
    for p in placed:
        if lowered.units[p.unit].service.choice.step:
            found[p.name] = tuple(_missed(lowered, p, here[p.host]))
    return found


def _missed(lowered: Lowered, placed: Placed, here: Counter[int]) -> Iterator[Missed]:
    service = lowered.units[placed.unit].service
    beside = here - Counter((placed.unit,))
    for number, choice in enumerate(service.choices):
        if choice.step < service.choice.step:
            unit = placed.unit - service.chosen + number
            yield Missed(number, _why(lowered, unit, placed, beside))


def _why(lowered: Lowered, unit: int, placed: Placed, beside: Present) -> str:
    host = placed.host
    form, name = lowered.units[unit].service.form, lowered.world.hosts.names[host]
    steps = lowered.steps[form]
    false = next((step for step in steps.steps if step.truth.false[host]), None)
    if false is not None:
        return f"{name} lacks `{step_text(lowered, false)}`"
    if host not in lowered.problem.workloads[unit].candidates:
        return f"not known of {name}: {', '.join(missing_of(lowered, form, host))}"
    return (
        _short(lowered, unit, placed, beside)
        or f"it would fit on {name}, but what is more important would not"
    )


def _short(lowered: Lowered, unit: int, placed: Placed, beside: Present) -> str | None:
    """What the host has too little of, beside what else stands there."""
    host = placed.host
    problem, name = lowered.problem, lowered.world.hosts.names[host]
    for resource, need in problem.workloads[unit].demand.items():
        takes = {u: n * problem.workloads[u].demand.get(resource, 0) for u, n in beside.items()}
        left = problem.hosts[host].capacity.get(resource, 0) - peak(problem, takes)
        if left < need:
            have = say_amount(lowered.program, resource, max(0, left))
            return f"it needs {say_amount(lowered.program, resource, need)}, and {name} has {have} left"
    present = {**beside, unit: beside.get(unit, 0) + 1}
    if devices.seated(problem, host, present) is None:
        own = {demand.kind for demand in problem.workloads[placed.unit].devices}
        wanted = dict.fromkeys(demand.kind for demand in problem.workloads[unit].devices)
        kinds = [kind for kind in wanted if kind not in own] or list(wanted)
        things = " or ".join("GPU" if kind == "gpu" else kind.removeprefix("device.") for kind in kinds)
        return f"others hold what {name} has: no {things or 'device'} is free for it"
    return None
