"""`Classes`: the components of a problem, those of equal forms together, each class solved once.

Enters a valid problem; leaves, per component, what was found. Classes share the budget by their size, in rounds: what
one does not use goes, in the next, to those that it was not enough for. Neither the number of workers nor the order in
which they finish matters: a class has its share before the round begins.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from math import floor, log2
from time import monotonic
from typing import TYPE_CHECKING

from placelang_scheduler.components import components
from placelang_scheduler.events import Event
from placelang_scheduler.forms import Form, Shaper, UnshapedError, digest_of
from placelang_scheduler.parts import Scope, whole
from placelang_scheduler.pool import is_pool
from placelang_scheduler.task import Found, Task, run, run_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor, Future

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.memory import Memory
    from placelang_scheduler.problem import Problem

_PATIENCE = 0.1
"""Seconds after which it is looked whether to stop."""
_ROUNDS = 8
_LEAST = 0.01
"""The share of the budget below which no further round is worth it."""
_BATCH = 20
_BATCHES = 64
"""Components that are handed to a worker at once, at least; and about how many batches there are of many."""


@dataclass(frozen=True, slots=True)
class Class:
    """Components of one form, each with its own numbering; `task` solves the first of them."""

    task: Task
    size: int
    members: tuple[tuple[Scope, Form], ...]


def classes(problem: Problem, seed: int, *, apart: bool = True, alike: bool = True) -> list[Class]:
    """The classes of `problem`, by their first component; last, as one class, those that forms do not know,
    and each pool. Unless `apart`, all of it is one component; unless `alike`, every component is a class of its own."""
    strange: list[Scope] = []
    try:
        shaper = Shaper(problem)
        scopes = components(problem)
        pools = [scope for scope in scopes if is_pool(scope)] if apart else []
        large = {scope.groups[0] for scope in pools}
        smaller = (scope for scope in scopes if scope.groups[0] not in large)
        found = list(_shaped(shaper, smaller, strange if apart else None))
        if not apart:
            found = [_joined(problem, found, shaper)]
    except UnshapedError:
        return [_as_it_stands(whole(problem), seed, joint=not apart)]
    gathered: dict[object, list[tuple[Scope, Form]]] = {}
    for number, (scope, form) in enumerate(found):
        gathered.setdefault(form.rows if alike else number, []).append((scope, form))
    known = [
        Class(
            Task(members[0][1].rows, problem.objectives, seed, 0.0, joint=not apart),
            _size(members[0][0]),
            tuple(members),
        )
        for members in gathered.values()
    ]
    if strange:
        known.append(_as_it_stands(_together(problem, strange), seed))
    return [*known, *(_as_it_stands(scope, seed, pool=True) for scope in pools)]


def _shaped(
    shaper: Shaper, scopes: Iterable[Scope], strange: list[Scope] | None
) -> Iterator[tuple[Scope, Form]]:
    """The components with their forms; those that have none are `strange`, if there may be any."""
    for scope in scopes:
        try:
            yield scope, shaper.shape(scope)
        except UnshapedError:
            if strange is None:
                raise
            strange.append(scope)


def _together(problem: Problem, scopes: Sequence[Scope]) -> Scope:
    """Several components as one scope."""
    return Scope(
        problem,
        tuple(sorted(group for scope in scopes for group in scope.groups)),
        tuple(sorted(index for scope in scopes for index in scope.workloads)),
        tuple(sorted({host for scope in scopes for host in scope.hosts})),
        tuple(one for scope in scopes for one in scope.constraints),
    )


def _joined(problem: Problem, found: Sequence[tuple[Scope, Form]], shaper: Shaper) -> tuple[Scope, Form]:
    """All components as one, in the order of their forms."""
    order = dict.fromkeys(host for _, form in found for host in form.hosts)
    rest = (host for host in range(len(problem.hosts)) if host not in order)
    scope = replace(whole(problem), constraints=tuple(one for scope, _ in found for one in scope.constraints))
    return scope, shaper.shape(scope, (*order, *rest))


def _as_it_stands(scope: Scope, seed: int, *, joint: bool = False, pool: bool = False) -> Class:
    """A class of a scope in the problem's own numbers."""
    every = whole(scope.problem)
    form = Form(((), (), (), (), (), ()), every.hosts, every.groups, every.workloads)
    problem = replace(scope.problem, constraints=scope.constraints)
    groups = frozenset(scope.groups)
    task = Task(
        None,
        problem.objectives,
        seed,
        0.0,
        joint=joint,
        problem=problem,
        groups=groups,
        pool=scope if pool else None,
    )
    return Class(task, _size(scope), ((scope, form),))


def _size(scope: Scope) -> int:
    """How large a model of the component is, about."""
    workloads = scope.problem.workloads
    return len(scope.groups) + sum(len(workloads[index].candidates) for index in scope.workloads)


@dataclass(slots=True)
class Searching:
    """What a search of many classes needs: the `budget`, and what its caller may want of it."""

    budget: Budget
    executor: Executor | None
    memory: Memory | None
    report: Callable[[Event], None]
    beside: Mapping[bytes, int] | None = None
    """Components that were solved elsewhere without any of the budget, by the digest of their form, with their size."""


def search(found: Sequence[Class], searching: Searching) -> list[Found]:
    """The answer for each class."""
    total = budget = searching.budget.units
    answers: list[Found | None] = [None] * len(found)
    pending = list(range(len(found)))
    others = _elsewhere(found, searching.beside)
    for number in range(_ROUNDS):
        units = _shares(found, pending, budget, () if number else others)
        tasks = [
            replace(found[at].task, units=u, before=answers[at]) for at, u in zip(pending, units, strict=True)
        ]
        weights = [len(found[at].members) for at in pending]
        for position, found_now in _answers(tasks, weights, searching, first=number == 0):
            answers[pending[position]] = found_now
        given = [(at, answer) for at in pending if (answer := answers[at]) is not None]
        budget -= sum(answer.used for _, answer in given)
        searching.budget.timed_out |= any(answer.timed_out for _, answer in given)
        pending = [at for at, answer in given if answer.cut]
        if not pending or budget <= _LEAST * total or searching.budget.timed_out or searching.budget.stopped:
            break
    searching.budget.units = budget
    return [answer for answer in answers if answer is not None]


def _elsewhere(found: Sequence[Class], beside: Mapping[bytes, int] | None) -> list[int]:
    """The sizes of classes that are not among those found."""
    if not beside:
        return []
    here = {digest_of(one.task.rows) for one in found if one.task.rows is not None}
    return [size for digest, size in beside.items() if digest not in here]


def _shares(
    found: Sequence[Class], pending: Sequence[int], budget: float, others: Sequence[int]
) -> list[float]:
    """What each class gets beside `others` of these sizes. Of several, each gets a power of two: so that it is the same
    in many a replan."""
    total = sum(found[at].size for at in pending) + sum(others)
    exact = [budget * found[at].size / total if total else budget for at in pending]
    if len(exact) + len(others) == 1:
        return exact
    return [2.0 ** floor(log2(units)) if units > 0 else 0.0 for units in exact]


def _answers(
    tasks: Sequence[Task], weights: Sequence[int], searching: Searching, *, first: bool
) -> Iterator[tuple[int, Found]]:
    """The answers of tasks with their positions, in order as far as they have to be."""
    memory, done, total = searching.memory, 0, sum(weights)
    stage = "solving" if first else "improving"
    searching.report(Event(stage, 0, total))
    todo = []
    for position, task in enumerate(tasks):
        known = memory.recall(task) if memory is not None else None
        if known is None:
            todo.append(position)
        else:
            done += weights[position]
            yield position, known
    alone = _one_by_one(tasks, todo, searching)
    shared = searching.executor if len(todo) > _BATCH else None  # one worker alone gains nothing
    results = _in_batches(tasks, todo, searching, shared) if shared else alone
    for position, answer in results:
        if memory is not None:
            memory.learn(tasks[position], answer)
        done += weights[position]
        searching.report(Event(stage, done, total))
        yield position, answer


def _one_by_one(
    tasks: Sequence[Task], todo: Sequence[int], searching: Searching
) -> Iterator[tuple[int, Found]]:
    for position in todo:
        yield position, run(_timely(tasks[position], searching), searching.budget.stop)


def _in_batches(
    tasks: Sequence[Task], todo: Sequence[int], searching: Searching, executor: Executor
) -> Iterator[tuple[int, Found]]:
    """Hand tasks to the executor, many at once, and take the answers in order; once the search is stopped, those that
    are not there yet are made here."""
    size = max(_BATCH, -(-len(todo) // _BATCHES))
    batches = [todo[start : start + size] for start in range(0, len(todo), size)]
    given = [[_timely(tasks[position], searching) for position in batch] for batch in batches]
    futures = [executor.submit(run_all, batch) for batch in given]
    try:
        for batch, future in zip(batches, futures, strict=True):
            if _await(future, searching.budget):
                yield from zip(batch, future.result(), strict=True)
            else:
                yield from _one_by_one(tasks, batch, searching)
    finally:
        for future in futures:
            future.cancel()


def _await(future: Future[list[Found]], budget: Budget) -> bool:
    """Whether the answer came before the search was stopped."""
    if budget.stop is None:
        future.exception()
        return True
    while not future.done() and not budget.stopped:
        with suppress(TimeoutError):
            future.exception(_PATIENCE)
    return future.done()


def _timely(task: Task, searching: Searching) -> Task:
    """The task with what is left of the net."""
    deadline = searching.budget.deadline
    return task if deadline is None else replace(task, seconds=max(0.0, deadline - monotonic()))
