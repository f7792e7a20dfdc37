"""`search`: one call of CP-SAT, counted, interruptible, and read only where it found something."""

from __future__ import annotations

import math
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from placelang_scheduler.budget import Budget

_LARGEST_SEED = 2**31 - 1


class Finding(NamedTuple):
    """What a search came to. `values`, by index of variable, is None where nothing was found; `closed` says that
    nothing better exists; `bound` is what no solution goes below; `core` are the assumptions that exclude any."""

    values: Sequence[int] | None
    closed: bool
    bound: float
    core: frozenset[int] = frozenset()


def search(cp: cp_model.CpModel, budget: Budget, *, plain: bool = False) -> Finding:
    """Solve `cp` within `budget`, and take off what that took.

    A small model is tried without presolve and LP first, for a moment: that decides most of a site's levels in a third
    of the time (1.5 ms instead of 5 for 30 counts). Packing beyond that needs both. So is a large one that is `plain`:
    where next to nothing has to be packed, presolve takes longer than all the rest.
    """
    if (plain or len(cp.proto.variables) <= _SMALL) and not budget.spent:
        with budget.share(min(1.0, MOMENT / budget.units)) as moment:
            finding = _attempt(cp, moment, _solve, **_BARE)
        if finding.closed or budget.spent:
            return finding
    return _attempt(cp, budget, _solve_interruptibly)


def glance(cp: cp_model.CpModel, budget: Budget, seed: int) -> Finding:
    """One short attempt at what is small once it is presolved; among solutions that are as good, `seed` chooses."""
    return _attempt(cp, budget, _solve, random_seed=seed, linearization_level=0)


Run = Callable[[cp_model.CpSolver, cp_model.CpModel, "Budget"], cp_model.CpSolverStatus]


def _attempt(cp: cp_model.CpModel, budget: Budget, run: Run, **settings: float) -> Finding:
    wall = math.inf if budget.deadline is None else budget.deadline - monotonic()
    if wall <= 0:
        budget.timed_out = True
    if budget.spent:
        return Finding(None, closed=False, bound=-math.inf)
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = 1
    parameters.random_seed = budget.seed % _LARGEST_SEED
    parameters.cp_model_probing_level = 0
    parameters.symmetry_level = 0
    parameters.catch_sigint_signal = False
    parameters.max_deterministic_time = budget.units
    if wall < math.inf:
        parameters.max_time_in_seconds = wall
    for name, value in settings.items():
        setattr(parameters, name, value)
    status = run(solver, cp, budget)
    if status == cp_model.MODEL_INVALID:
        raise AssertionError(f"the solver refuses the model: {cp.validate()}")
    response = solver.response_proto
    budget.units -= max(response.deterministic_time, _LEAST)
    decided = status in {cp_model.OPTIMAL, cp_model.INFEASIBLE}
    if not decided and budget.deadline is not None and monotonic() >= budget.deadline:
        budget.timed_out = True
    if status == cp_model.INFEASIBLE:
        core = frozenset(response.sufficient_assumptions_for_infeasibility)
        return Finding(None, closed=True, bound=math.inf, core=core)
    values = list(response.solution) if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else None
    return Finding(values, closed=decided, bound=response.best_objective_bound)


_BARE = {"cp_model_presolve": False, "linearization_level": 0}
_SMALL = 2000
"""Variables of a small model."""
MOMENT = 0.03
"""Units in which a small model is decided, if it is easy."""
_PATIENCE = 0.1
"""Seconds after which a search that did not hear that it is to stop is told again: it may have been about to begin."""
_LEAST = 1e-4
"""What a search costs at least, so that a budget ends even where the solver counts nothing."""


def _solve(solver: cp_model.CpSolver, cp: cp_model.CpModel, _: Budget) -> cp_model.CpSolverStatus:
    """For what takes a moment: an interrupt waits until it is over."""
    return solver.solve(cp)


def _solve_interruptibly(
    solver: cp_model.CpSolver, cp: cp_model.CpModel, budget: Budget
) -> cp_model.CpSolverStatus:
    """Solve in a thread of its own: an interrupt reaches the waiting one, which stops the search and passes it on.
    So does the budget's `stop`."""
    statuses: list[cp_model.CpSolverStatus] = []
    done = Event()  # an interrupted `join` takes a thread for ended that is not

    def work() -> None:
        try:
            statuses.append(solver.solve(cp))
        finally:
            done.set()

    worker = Thread(target=work)
    try:
        worker.start()
        while not budget.stopped and not done.wait(None if budget.stop is None else _PATIENCE):
            pass
        _end(solver, done)
    except KeyboardInterrupt:
        if worker.ident is not None:
            _end(solver, done)
        raise
    worker.join()
    return statuses[0]


def _end(solver: cp_model.CpSolver, done: Event) -> None:
    """Stop the search, unless it has ended."""
    while not done.is_set():
        solver.stop_search()
        done.wait(_PATIENCE)
