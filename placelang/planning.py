"""The whole way from files or a program to a plan, for programs that embed placelang.

Faults of the input come as one exception that carries diagnostics; everything else is the stages, one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event as Flag

from placelang.address import is_store
from placelang.alike import Helpers, Planned, plan_alike
from placelang.arrange import Inputs, arrange_with_effort
from placelang.check import check
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, has_errors
from placelang.errors import InputError
from placelang.garbage import seldom
from placelang.inventory import Inventory, inventory_digest, inventory_labels, load_inventory, parse_time
from placelang.load import load
from placelang.lower import Lowered, lower
from placelang.models.located import with_files
from placelang.program import Program
from placelang.store import read_store
from placelang.world import World, build_world
from placelang_runtime.canonical import PlanError, plan_digest, read_plan
from placelang_runtime.plan import Plan
from placelang_scheduler import Event, InvalidProblem, Memory, Progress, Solution, solve

BUDGET = 60.0
"""Counted units of search, each about a second, that a plan may take."""


def plan(
    program: Program,
    inventory: Inventory,
    *,
    policies: Sequence[str] = (),
    current: Plan | None = None,
    seed: int = 0,
    budget: float = BUDGET,
    time_limit: float | None = None,
    at: int | None = None,
    executor: Executor | None = None,
    memory: Memory | None = None,
    progress: Progress | None = None,
    stop: Flag | None = None,
) -> Plan:
    """The plan of a checked program for an inventory.

    `policies` are the paths of those of the program's sources that are policies; `current` is the plan that runs now;
    `at` is the moment, in ms since 1970-01-01 UTC, against which times to live are measured, the inventory's newest
    observation if None. `executor` searches sites beside each other, `memory` keeps what was found for later; the plan
    depends on neither. `progress` is told how far it has come; `stop`, once set, ends the search with the best plan so
    far, which says so. Raises `InputError` where the inventory does not fit the program.
    """
    return plan_with_warnings(
        program,
        inventory,
        policies=policies,
        current=current,
        seed=seed,
        budget=budget,
        time_limit=time_limit,
        at=at,
        executor=executor,
        memory=memory,
        progress=progress,
        stop=stop,
    ).plan


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A plan, and warnings of the inventory that do not keep it from being made."""

    plan: Plan
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """A plan with the problem that it solves and the solution that it was arranged from, for those who ask of it why,
    and warnings of the inventory that do not keep a plan from being made."""

    lowered: Lowered
    solution: Solution
    plan: Plan
    warnings: tuple[Diagnostic, ...]


@seldom()
def work_out(
    program: Program,
    inventory: Inventory,
    *,
    policies: Sequence[str] = (),
    current: Plan | None = None,
    seed: int = 0,
    budget: float = BUDGET,
    time_limit: float | None = None,
    at: int | None = None,
    executor: Executor | None = None,
    memory: Memory | None = None,
    progress: Progress | None = None,
    stop: Flag | None = None,
) -> Worked:
    """As `plan`, with the problem that the plan solves."""
    world, faults = _world(program, inventory, at)
    options = Options(time_limit, executor, memory, progress, stop)
    inputs = Inputs(inventory_digest(inventory), frozenset(policies), seed, budget)
    lowered, solution, plan, _ = _planned(program, world, current, inputs, options)
    return Worked(lowered, solution, plan, faults)


@seldom()
def plan_with_warnings(
    program: Program,
    inventory: Inventory,
    *,
    policies: Sequence[str] = (),
    current: Plan | None = None,
    seed: int = 0,
    budget: float = BUDGET,
    time_limit: float | None = None,
    at: int | None = None,
    executor: Executor | None = None,
    memory: Memory | None = None,
    progress: Progress | None = None,
    stop: Flag | None = None,
    alike: bool = True,
) -> Made:
    """As `plan`, with warnings of the inventory. Unless `alike`, sites that are alike are planned one by one: slower,
    for the same plan."""
    world, faults = _world(program, inventory, at)
    kept = Memory() if memory is None else memory
    options = Options(time_limit, executor, kept, progress, stop)
    digest = plan_digest(current) if current is not None else None
    inputs = Inputs(inventory_digest(inventory), frozenset(policies), seed, budget, digest)
    found = None
    if alike:
        helpers = Helpers(executor, inputs, progress, stop) if executor and time_limit is None else None
        found = plan_alike(
            program,
            world,
            current,
            lambda few, runs, beside: _planned(program, few, runs, inputs, replace(options, beside=beside)),
            helpers,
        )
    return Made(found or _planned(program, world, current, inputs, options).plan, faults)


@dataclass(frozen=True, slots=True)
class Options:
    """How a plan is made beside what it follows from, as `plan` says; `beside` are components solved elsewhere,
    by digest with their size."""

    time_limit: float | None
    executor: Executor | None
    memory: Memory | None
    progress: Progress | None
    stop: Flag | None
    beside: Mapping[bytes, int] | None = None


def _world(program: Program, inventory: Inventory, at: int | None) -> tuple[World, tuple[Diagnostic, ...]]:
    world, faults = build_world(inventory, program, at)
    if has_errors(faults):
        raise InputError(faults, {s.path: s for s in (inventory.source, *program.sources)})
    return world, faults


def _planned(
    program: Program,
    world: World,
    current: Plan | None,
    inputs: Inputs,
    options: Options,
) -> Planned:
    """A plan and what it is made from."""
    lowered = lower(program, world, current)
    try:
        solution = solve(
            lowered.problem,
            seed=inputs.seed,
            budget=inputs.budget,
            time_limit=options.time_limit,
            executor=options.executor,
            memory=options.memory,
            progress=options.progress,
            stop=options.stop,
            beside=options.beside,
        )
    except InvalidProblem as error:
        fault = Diagnostic(Code.OUT_OF_RANGE, f"the problem is beyond the scheduler: {error.faults[0]}")
        raise InputError((fault,), {}) from error
    if options.progress is not None:
        options.progress(Event("arranging", 0, 1))
    plan, effort = arrange_with_effort(lowered, solution, inputs)
    return Planned(lowered, solution, plan, effort)


@seldom()
def plan_file(
    path: str | Path | Sequence[str | Path],
    inventory: str | Path,
    *,
    policies: Sequence[str | Path] = (),
    params: Mapping[str, str] | None = None,
    current: str | Path | None = None,
    seed: int = 0,
    budget: float = BUDGET,
    time_limit: float | None = None,
    at: str | None = None,
) -> Plan:
    """The plan of one or several placement files for the inventory in a file, or in a store (`sqlite:///fleet.db`).

    `params` are values of parameters as they would be written, `current` the file of the plan that runs now, `at` an
    RFC 3339 time: where it is left out, a file's newest fact, for a store the clock. Raises `InputError`, with all that
    is wrong, and OSError only where the disk fails.
    """
    paths = [path] if isinstance(path, str | Path) else list(path)
    modules, faults = load(paths, policies)
    gathered = [*faults]
    moment = None if at is None else parse_time(at)
    if at is not None and moment is None:
        gathered.append(Diagnostic(Code.OUT_OF_RANGE, f"{at!r} is not a time such as 2026-03-02T05:45:00Z"))
    known: Inventory | None
    if is_store(str(inventory)):
        known, moment = read_store(str(inventory), moment)
    else:
        known, faults = load_inventory(Path(inventory))
        gathered += faults
    labels = inventory_labels(known) if known is not None else None
    program, faults = check(modules, params or {}, labels)
    gathered += faults
    if program is not None:
        program, faults = with_files(program, Path(paths[0]).parent)
        gathered += faults
    running = None
    if current is not None:
        running, faults = _read_current(current)
        gathered += faults
    if program is None or known is None or has_errors(gathered):
        sources = dict(modules.sources) | ({known.source.path: known.source} if known is not None else {})
        raise InputError(gathered, sources)
    return plan(
        program,
        known,
        policies=[m.source.path for m in modules.modules if m.is_policy],
        current=running,
        seed=seed,
        budget=budget,
        time_limit=time_limit,
        at=moment,
    )


def _read_current(path: str | Path) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    try:
        return read_plan(path), ()
    except PlanError as error:
        return None, (Diagnostic(Code.UNREADABLE, str(error), path=str(path)),)
    except OSError as error:
        reason = (error.strerror or "no such path").lower()
        return None, (Diagnostic(Code.UNREADABLE, f"cannot read the file: {reason}", path=str(path)),)
