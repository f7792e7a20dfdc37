"""`solve`: from a `Problem` to a `Solution`, checked.

The problem falls apart into components, and components of one form are solved once. Each is placed greedily and
improved by local search, and accepted where every level meets its bound. Only what is left goes to CP-SAT, within the
budget. Nothing depends on the machine's speed or the number of workers unless the wall-clock net or the caller ends the
search, and then the solution says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING

from placelang_scheduler.budget import Budget, granted
from placelang_scheduler.certificates import certify
from placelang_scheduler.classes import Searching, classes, search
from placelang_scheduler.drafts import Draft
from placelang_scheduler.events import Event
from placelang_scheduler.explain import explain, listed
from placelang_scheduler.levels import combined, goals_of
from placelang_scheduler.losses.devices import hold, holding, with_devices
from placelang_scheduler.losses.insure import insured, join
from placelang_scheduler.objectives import Toll
from placelang_scheduler.partners import name_partners
from placelang_scheduler.parts import Scope, by_workload, compose, limiting, room_of
from placelang_scheduler.placement import Settled
from placelang_scheduler.reasons import Kind
from placelang_scheduler.solution import LeftOut, Level, Outcome, Proof, Reason, Solution
from placelang_scheduler.state import State
from placelang_scheduler.task import moved
from placelang_scheduler.validate import validate
from placelang_scheduler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor
    from threading import Event as Flag

    from placelang_scheduler.classes import Class
    from placelang_scheduler.events import Progress
    from placelang_scheduler.memory import Memory
    from placelang_scheduler.placement import Contingency, Loss
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.task import Found, Piece

_EXPLAIN = 0.1
"""The share of the budget that is kept for explaining what is left out; it gets what the search does not use, too."""


class UnsoundError(AssertionError):
    """The scheduler's own answer failed its checks: a fault of the scheduler."""


def solve(  # noqa: PLR0913 - all are options by name
    problem: Problem,
    *,
    seed: int = 0,
    budget: float = 60.0,
    time_limit: float | None = None,
    split: bool = True,
    alike: bool = True,
    reasons: bool = True,
    executor: Executor | None = None,
    memory: Memory | None = None,
    progress: Progress | None = None,
    stop: Flag | None = None,
    beside: Mapping[bytes, int] | None = None,
) -> Solution:
    """The best placement found, with what is proved of it.

    `budget` counts deterministic units, about a second each; 0 answers without the solver. `time_limit` is a net in
    seconds of the wall clock. `executor` works on components beside each other, `memory` keeps answers for later; the
    plan depends on neither. `stop`, once it is set, ends the search with the best found so far, which is `INTERRUPTED`.
    `beside` are components that `outright` solved, by digest with their size: the budget is shared with them.
    Without `split`, all parts are solved in one model, and unless `alike`, equal components are solved one by one:
    slower, for the same plan. Unless `reasons`, what is left out is listed, and whether that is proved, but not why.
    Raises `InvalidProblem` for a problem that is none.
    """
    validate(problem)
    deadline = None if time_limit is None else monotonic() + max(0.0, time_limit)
    purse = Budget(granted(budget), seed, deadline, stop=stop)
    report = progress or _nobody
    downhill = _downhill(problem, purse)
    if downhill is not None:
        return checked(problem, downhill)
    found = classes(problem, seed, apart=split, alike=alike)
    with purse.share(1 - _EXPLAIN) as share:
        answers = search(found, Searching(share, executor, memory, report, beside))
    return checked(problem, _explained(problem, assemble(found, answers), purse, report if reasons else None))


def _downhill(problem: Problem, purse: Budget) -> Solution | None:
    """The solution where costs are a landscape that is too large for the solver."""
    if not any(isinstance(objective, Toll) for objective in problem.objectives):
        return None
    from placelang_scheduler.landscape.descend import descend  # noqa: PLC0415 - numpy is loaded for few

    def before(plain: Problem) -> tuple[Mapping[int, int], ...] | None:
        found = solve(plain, seed=purse.seed, budget=purse.units * _EXPLAIN, reasons=False, stop=purse.stop)
        return found.placements if all(found.admitted) else None

    return descend(problem, purse, before)


def _nobody(_: Event) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class Assembled:
    """The answers for components, put together: `drafts` and `scopes` are those in which something is left out,
    `crowded` what is left out of pools."""

    counts: dict[int, Mapping[int, int]] = field(default_factory=dict)
    admitted: set[int] = field(default_factory=set)
    contingencies: list[tuple[Scope, Mapping[Loss, Contingency]]] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    parts: dict[int, tuple[Level, ...]] = field(default_factory=dict)
    crowded: list[LeftOut] = field(default_factory=list)

    def solution(
        self, problem: Problem, outcome: Outcome, left_out: tuple[LeftOut, ...], *, timed_out: bool = False
    ) -> Solution:
        """The solution that they make."""
        held = hold(problem, self.counts)
        then = holding(problem, held)
        return Solution(
            outcome,
            tuple(self.counts[index] for index in range(len(problem.workloads))),
            held,
            tuple(group in self.admitted for group in range(len(problem.groups))),
            left_out,
            combined(problem, ((1, levels) for levels in self.parts.values())),
            timed_out,
            name_partners(problem, Settled(self.counts, frozenset(self.admitted))),
            {
                loss: with_devices(then, self.counts, loss, found)
                for loss, found in sorted(join(self.contingencies).items())
            },
            self.parts,
        )


def assemble(found: Sequence[Class], answers: Sequence[Found]) -> Assembled:
    """The answer of each class, for all of its components."""
    made = Assembled()
    for one, answer in zip(found, answers, strict=True):
        levels = [tuple(Level(*level) for level in piece.levels) for piece in answer.pieces]
        for scope, form in one.members:
            if answer.barred:
                made.scopes.append(_of_groups(scope, {form.groups[group] for group in answer.barred}))
            for piece, reached in zip(answer.pieces, levels, strict=True):
                own = moved(piece, form, scope)
                made.parts[own.groups[0]] = reached
                made.counts.update(own.counts)
                made.admitted |= own.admitted
                if own.contingencies or insured(scope):
                    made.contingencies.append((_narrowed(scope, own), own.contingencies))
                if one.task.pool is not None:
                    made.crowded += _crowded(scope, own, answer.barred)
                elif len(own.admitted) < len(own.groups):
                    made.drafts.append(_draft(scope, own, {form.groups[group] for group in answer.barred}))
    made.drafts.sort(key=lambda one: one.part.groups)
    return made


def _explained(problem: Problem, made: Assembled, purse: Budget, report: Progress | None) -> Solution:
    """The solution with what is left out, and why, where someone is to be told."""
    barred = _barred(problem, made.scopes)
    if report is None:
        left_out = listed(problem, made.drafts, barred)
    else:
        open_ = sum(len(one.part.open - one.state.admitted) for one in made.drafts)
        report(Event("explaining", 0, open_))
        left_out = explain(problem, made.drafts, barred, purse)
    left_out = tuple(sorted((*left_out, *made.crowded), key=lambda left: left.group))
    undecided = any(left.proof is Proof.NOT_PROVED for left in left_out)
    outcome = Outcome.EXHAUSTED if undecided else Outcome.SOLVED
    if purse.stopped:
        outcome = Outcome.INTERRUPTED
    return made.solution(problem, outcome, left_out, timed_out=purse.timed_out)


def _of_groups(scope: Scope, groups: set[int]) -> Scope:
    """Some groups of a scope, with what is said of them."""
    workloads = tuple(index for index in scope.workloads if scope.problem.workloads[index].group in groups)
    return replace(scope, groups=tuple(sorted(groups)), workloads=workloads)


def _crowded(scope: Scope, piece: Piece, barred: frozenset[int]) -> Iterable[LeftOut]:
    """What a pool leaves out beside what arithmetic rules out: as a whole, nobody knows why."""
    proved = all(value == bound for _, value, bound in piece.levels)
    for group in sorted(set(piece.groups) - piece.admitted - barred):
        required = [other for other in scope.problem.groups[group].requires if other not in piece.admitted]
        reasons = [Reason(Kind.REQUIRES, group=other) for other in required] or [Reason(Kind.UNDECIDED)]
        yield LeftOut(group, Proof.PROVED if proved else Proof.NOT_PROVED, tuple(reasons))


def _barred(problem: Problem, scopes: Iterable[Scope]) -> dict[int, tuple[Reason, ...]]:
    """The groups that arithmetic rules out, each with its reasons."""
    found: dict[int, tuple[Reason, ...]] = {}
    for scope in scopes:
        limits = limiting(scope.constraints)
        room = {index: room_of(problem, index, limits.get(index, ())) for index in scope.workloads}
        found |= certify(problem, room, limits, scope.groups)
    return found


def _narrowed(scope: Scope, piece: Piece) -> Scope:
    """What a piece is of."""
    return replace(scope, constraints=tuple(by_workload(scope.constraints, piece.workloads)))


def _draft(scope: Scope, piece: Piece, barred: set[int]) -> Draft:
    """A part in which something is left out, as the explanation looks at it."""
    problem = scope.problem
    constraints = tuple(by_workload(scope.constraints, piece.workloads))
    limits = limiting(constraints)
    room = {
        index: {}
        if problem.workloads[index].group in barred
        else room_of(problem, index, limits.get(index, ()))
        for index in piece.workloads
    }
    part = compose(Scope(problem, piece.groups, piece.workloads, (), constraints), room, barred)
    state = State(part)
    state.restore(Settled(piece.counts, piece.admitted))
    values, bounds = ([value for _, value, _ in piece.levels], [bound for *_, bound in piece.levels])
    return Draft(part, goals_of(part), state, values, bounds)


def checked(problem: Problem, solution: Solution) -> Solution:
    """The solution, unless it breaks anything."""
    found = verify(problem, solution)
    if found:
        raise UnsoundError(f"the answer breaks {found[0]} and {len(found) - 1} more")
    return solution
