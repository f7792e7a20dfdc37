"""`plan_jobs` and `check_jobs`: a timetable for the jobs of a plan, worked out or read back from one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from placelang.lower import Lowered
from placelang.timing.begun import Begun, find_begun, ongoing, still_due
from placelang.timing.documents import jobs_of, slots_of, timetable_of
from placelang.timing.dues import MOST_WAYS, Due, Posed, Span, find_dues, find_span, pose, rounds_at
from placelang.timing.free import Free, Standing, use
from placelang.timing.late import Why, explain
from placelang.timing.posing import Asked, ask
from placelang_runtime.canonical import plan_digest
from placelang_runtime.part import Job, SitePart
from placelang_runtime.plan import Outcome, Plan
from placelang_runtime.timetable import Timetable
from placelang_scheduler import Level
from placelang_scheduler.timetable import Clash, Run, Timing, clashes, timetable
from placelang_scheduler.timetable import Timetable as Table
from placelang_scheduler.timetable.lists import priorities, vector

SHARE = 0.1
"""Of the budget of a plan, beside what the placement takes."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Whether it took a search; the most `rounds` of one job at a site, and the most `ways` in which all the runs of a
    site could go."""

    searched: bool
    rounds: int
    ways: int

    def holds_for(self, jobs: int, sites: int) -> bool:
        """Whether each of so many sites, with no more than that, has the timetable that it would have alone."""
        return not self.searched and self.rounds <= rounds_at(jobs * sites) and self.ways * sites <= MOST_WAYS


@dataclass(frozen=True, slots=True)
class Timed:
    """By site, its jobs; and what the header says of the timetable, None where there is no job. `effort` is what it
    took, where a time is known."""

    jobs: Mapping[str, tuple[Job, ...]]
    timetable: Timetable | None
    effort: Effort | None = None

    def outcome(self, placed: Outcome) -> Outcome:
        """How far planning came, when placement came as far as `placed`."""
        late = self.timetable.late if self.timetable is not None else ()
        if not late or placed in {Outcome.INTERRUPTED, Outcome.BUDGET_EXHAUSTED}:
            return placed
        return Outcome.PARTIAL if all(one.proved for one in late) else Outcome.BUDGET_EXHAUSTED


def plan_jobs(
    lowered: Lowered,
    standing: Standing,
    *,
    seed: int,
    budget: float,
) -> Timed:
    """The best timetable that is found for the jobs, on what stands leaves."""
    return _timed(
        lowered,
        standing,
        lowered.current,
        lambda asked, _, __: timetable(asked.table, seed=seed, budget=budget * SHARE),
    )


Settle = Callable[[Asked, Span, Sequence[Begun]], Timing]


def _timed(lowered: Lowered, standing: Standing, before: Plan | None, settle: Settle) -> Timed:
    """`before` is the plan of which runs may have begun."""
    posed = pose(lowered)
    if not posed:
        return Timed({}, None)
    span = find_span(lowered, posed)
    if span is None:
        return _timeless(lowered, posed)
    begun = find_begun(before, lowered, posed, span)
    every = find_dues(lowered, posed, span)
    dues = still_due(every, begun, posed)
    length = max([1, *(high for due in dues for spans in due.spans.values() for _, high in spans)])
    where: dict[str, list[int]] = {s.name: [] for app in lowered.program.apps for s in app.services}
    for p in standing.placed:
        where[lowered.units[p.unit].service.name].append(p.host)
    free = Free(
        lowered, use(lowered, standing, ongoing(lowered, begun, posed, span), span, length), span, length
    )
    asked = ask(lowered, posed, dues, free, where)
    timing = settle(asked, span, begun)
    why = explain(lowered, asked, timing, free, where)
    return Timed(
        jobs_of(lowered, asked, timing, span, begun),
        timetable_of(lowered, asked, timing, span, why),
        Effort(
            timing.searched,
            max(Counter((due.job, due.site) for due in every).values(), default=0),
            max(asked.ways.values(), default=0),
        ),
    )


def _timeless(lowered: Lowered, posed: tuple[Posed, ...]) -> Timed:
    """Where no time is known, no run can be given one."""
    dues = tuple(
        Due(number, site, 1, None, None, None, {}) for number, one in enumerate(posed) for site in one.sites
    )
    runs = tuple(Run(str(n), posed[due.job].job.minutes, ()) for n, due in enumerate(dues))
    asked = Asked(posed, dues, Table(0, (), runs), tuple(() for _ in posed))
    timing = Timing(tuple(None for _ in dues), ())
    text = "the inventory holds no time, so nothing can be planned in time: say it with --at"
    why = {n: Why(text, posed[due.job].job.span) for n, due in enumerate(dues)}
    return Timed(jobs_of(lowered, asked, timing, None), timetable_of(lowered, asked, timing, None, why))


def with_jobs(parts: Iterable[SitePart], timed: Timed) -> tuple[SitePart, ...]:
    """The parts with their jobs."""
    return tuple(
        part.model_copy(update={"jobs": timed.jobs[part.site]}) if part.site in timed.jobs else part
        for part in parts
    )


def check_jobs(plan: Plan, lowered: Lowered, standing: Standing) -> tuple[Timed, tuple[str, ...]]:
    """What a plan says of jobs, worked out anew from the slots that its runs stand for; and what of these does not
    hold. No solver takes part."""
    wrong: list[str] = []

    def read(asked: Asked, span: Span, begun: Sequence[Begun]) -> Timing:
        slots, strange = slots_of(plan, lowered, asked, span, begun)
        wrong.extend(strange)
        wrong.extend(_sentence(asked, clash) for clash in clashes(asked.table, slots))
        said = plan.header.timetable.levels if plan.header.timetable is not None else ()
        taken = {number: slot for number, slot in enumerate(slots) if slot is not None}
        values = vector(asked.table, taken)
        bounds = {level.name: min(level.bound, level.value) for level in said}
        names = [*(f"runs {priority}" for priority in priorities(asked.table)), "preferences"]
        levels = tuple(Level(n, v, bounds.get(n, 0)) for n, v in zip(names, values, strict=True))
        return Timing(tuple(slots), levels)

    timed = _timed(lowered, standing, _before(plan, lowered), read)
    return timed, tuple(wrong)


def _before(plan: Plan, lowered: Lowered) -> Plan | None:
    """The plan that ran before, of which runs may have begun; where it is not at hand, this one is taken at its word
    for what had."""
    digest = plan.header.inputs.current
    if digest is None:
        return None
    known = lowered.current is not None and plan_digest(lowered.current) == digest
    return lowered.current if known else plan


def _sentence(asked: Asked, clash: Clash) -> str:
    """What of a timetable does not hold."""
    words = [f"`{clash.rule}` of the timetable does not hold"]
    if clash.run is not None:
        words.append(f"for a run of {asked.posed[asked.dues[clash.run].job].job.name}")
    if clash.pool is not None:
        kept = asked.table.budgets if clash.rule == "budget" else asked.table.pools
        words.append(f"at {kept[clash.pool].id}, by {clash.amount}")
    return " ".join(words)
