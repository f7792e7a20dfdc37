"""`verify`: whether a plan is what it says it is: made from these files, true to every clause, and repeatable.

Enters a plan that anyone may have written, with the program and inventory that it claims to be made from. Leaves
findings, none where all holds. No solver takes part unless the plan is to be replayed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from placelang.arrange import Inputs, arrange
from placelang.arrange.amounts import say_amount
from placelang.arrange.changes import find_changes, running_before
from placelang.arrange.contingencies import with_contingencies
from placelang.arrange.header import digests, outcome, params, versions
from placelang.arrange.operations import hosts_of, rollouts_of, services_of, standing
from placelang.arrange.parts import site_parts
from placelang.arrange.recover import Recovered, recover
from placelang.arrange.stays import find_stays, find_unknown_preferences
from placelang.arrange.steps import with_steps
from placelang.arrange.windows import find_unread
from placelang.cite import cite
from placelang.inventory import Inventory, inventory_digest, parse_time
from placelang.lower import Lowered, lower
from placelang.program import Program
from placelang.timing import Standing, Timed, check_jobs, with_jobs
from placelang.verify_displaced import wrong_displaced
from placelang.verify_steps import unsafe_steps, without_steps
from placelang.world import build_world
from placelang_runtime.canonical import part_digest, to_json
from placelang_runtime.part import SitePart
from placelang_runtime.plan import Outcome, Plan
from placelang_scheduler import Violation, solve
from placelang_scheduler import verify as check_solution


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as the plan says. `kind` is `digest` (made from other files, or altered since), `clause`
    (a clause does not hold), `part` (what a site is told is not what its clauses come to), `step` (something does not
    hold on the way) or `replay`."""

    kind: str
    text: str


def verify(
    plan: Plan, program: Program, inventory: Inventory, *, current: Plan | None = None, replay: bool = False
) -> tuple[Finding, ...]:
    """All that speaks against the plan.

    Where the `current` plan that it was made from is not at hand, what it says of that one is taken at its word, and
    its steps are left aside.
    """
    at = parse_time(plan.header.at) if plan.header.at is not None else None
    world, _ = build_world(inventory, program, at)
    lowered = lower(program, world, current or running_before(plan))
    inputs = _inputs(plan, inventory)
    found = [*_digests(plan, lowered, inputs, current)]
    stepwise = current is not None or plan.header.changes is None
    found += _content(plan, lowered, stepwise=stepwise)
    if replay and not found:
        found += _replay(plan, lowered, inputs, stepwise=stepwise)
    return tuple(found)


def _inputs(plan: Plan, inventory: Inventory) -> Inputs:
    header = plan.header
    policies = frozenset(file.path for file in header.inputs.policies)
    return Inputs(inventory_digest(inventory), policies, header.seed, header.budget)


def _digests(plan: Plan, lowered: Lowered, inputs: Inputs, current: Plan | None) -> Iterator[Finding]:
    """What the plan was made from, and whether a part was altered since."""
    made, given = plan.header.inputs, digests(lowered, inputs)
    before = {f.path: f.digest for f in (*made.sources, *made.policies)}
    now = {f.path: f.digest for f in (*given.sources, *given.policies)}
    for path in sorted(before.keys() | now.keys()):
        if path not in now:
            yield Finding("digest", f"{path} is missing: the plan was made from it")
        elif path not in before:
            yield Finding("digest", f"{path} is no file that the plan was made from")
        elif before[path] != now[path]:
            yield Finding("digest", f"{path} has changed since the plan was made")
    if made.inventory != given.inventory:
        yield Finding("digest", "the inventory is not the one that the plan was made from")
    if current is not None and made.current != given.current:
        yield Finding("digest", "the current plan is not the one that the plan was made from")
    if plan.header.params != params(lowered):
        yield Finding("digest", "the parameters are not those that the plan was made with")
    yield from _part_digests(plan)


def _part_digests(plan: Plan) -> Iterator[Finding]:
    said = {p.site: p.digest for p in plan.header.parts}
    for part in plan.parts:
        if said.pop(part.site, None) != part_digest(part):
            yield Finding("digest", f"the part of site {part.site} was altered")
    for site in sorted(said):
        yield Finding("digest", f"the part of site {site} is missing")


def _content(plan: Plan, lowered: Lowered, *, stepwise: bool) -> Iterator[Finding]:
    """Whether the clauses hold, and the parts and the header say what follows from them."""
    recovered = recover(plan, lowered)
    yield from (Finding("clause", text) for text in recovered.strange)
    for violation in check_solution(lowered.problem, recovered.solution):
        yield Finding("clause", _sentence(lowered, violation))
    if recovered.strange:
        return
    placed, holdings = recovered.placed, recovered.holdings
    parts = site_parts(lowered, placed, holdings, recovered.linked, seed=plan.header.seed)
    timed, wrong = check_jobs(plan, lowered, Standing(placed, holdings, parts))
    yield from (Finding("clause", text) for text in wrong)
    due = with_jobs(parts, timed)
    due = with_contingencies(lowered, recovered.solution, recovered.placed, due)
    yield from _parts(plan, lowered, recovered, due, stepwise=stepwise)
    gave_way = wrong_displaced(plan, lowered, recovered.solution, placed)
    yield from (Finding("part", text) for text in gave_way)
    header = plan.header
    said = (
        header.outcome,
        header.changes,
        header.stays,
        header.unknown_preferences,
        header.rollouts,
        header.unread_windows,
        header.timetable,
    )
    if said != _about(lowered, recovered, timed, header.seed):
        yield Finding("part", "the header does not fit the parts")


def _parts(
    plan: Plan, lowered: Lowered, recovered: Recovered, due: tuple[SitePart, ...], *, stepwise: bool
) -> Iterator[Finding]:
    """Whether each part is what follows from its replicas, and the steps are safe that lead there."""
    said, schedule = plan.parts, plan.header.schedule
    if stepwise:
        due, schedule = with_steps(lowered, recovered.placed, due)
    else:
        said = without_steps(plan).parts
    wrong = schedule != plan.header.schedule
    if wrong:
        yield Finding("part", "the header does not sum up the steps of the parts")
    for part, other in zip_longest(said, due):
        if part != other:
            wrong = True
            site = (part or other or plan.parts[0]).site
            yield Finding("part", f"the part of site {site} is not what the clauses and facts come to")
    if stepwise and not wrong:
        yield from (Finding("step", text) for text in unsafe_steps(lowered, recovered.placed, due))


def _about(lowered: Lowered, recovered: Recovered, timed: Timed, seed: int) -> tuple[object, ...]:
    placed = recovered.placed
    where = standing(lowered, placed)
    return (
        timed.outcome(outcome(recovered.solution)),
        find_changes(lowered, placed),
        find_stays(lowered, placed),
        find_unknown_preferences(lowered, hosts_of(lowered, placed)),
        rollouts_of(lowered, where, seed),
        find_unread(lowered, services_of(lowered, where)),
        timed.timetable,
    )


def _replay(plan: Plan, lowered: Lowered, inputs: Inputs, *, stepwise: bool) -> Iterator[Finding]:
    made = plan.header.versions
    if made != versions():
        text = f"the plan was made by placelang {made.placelang} with ortools {made.ortools}: use these to replay it"
        yield Finding("replay", text)
    elif plan.header.timed_out:
        yield Finding("replay", "the clock ended the search: such a plan need not come out again")
    elif plan.header.outcome is Outcome.INTERRUPTED:
        yield Finding("replay", "somebody ended the search: such a plan need not come out again")
    else:
        solution = solve(lowered.problem, seed=inputs.seed, budget=inputs.budget)
        again = arrange(lowered, solution, inputs)
        made_from = again.header.inputs.model_copy(update={"current": plan.header.inputs.current})
        header = again.header.model_copy(update={"inputs": made_from})
        again = again.model_copy(update={"header": header})
        if not stepwise:
            again, plan = without_steps(again), without_steps(plan)
        if to_json(again) != to_json(plan):
            yield Finding("replay", "planning again gives another plan")


def _sentence(lowered: Lowered, violation: Violation) -> str:
    """What a violation breaks, and where, in the program's terms."""
    problem = lowered.problem
    words = [f"`{violation.rule}` does not hold"]
    if violation.constraint is not None:
        clause = cite(lowered.sources, lowered.clause(violation.constraint))
        words = [f"{clause.at}: {clause.text}: does not hold"]
    if violation.rule.startswith("contingency"):
        words.append("after a loss")
    if violation.group is not None:
        words.append(f"for {problem.groups[violation.group].id}")
    if violation.workload is not None:
        words.append(f"for {problem.workloads[violation.workload].id}")
    if violation.host is not None:
        words.append(f"on {problem.hosts[violation.host].id}")
    if violation.resource is not None:
        words.append(f"by {say_amount(lowered.program, violation.resource, violation.amount)}")
    elif violation.value is not None:
        words.append(f"in {violation.value}, by {violation.amount}")
    return " ".join(words)
