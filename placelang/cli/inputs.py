"""From arguments, environment and files to what the pipeline takes.

Leaves a value, or reports what is wrong and ends the command with the exit code that fits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from placelang import config
from placelang.address import is_store
from placelang.cli.exits import Exit
from placelang.cli.progress import Watch, interruptibly
from placelang.cli.terminal import count, report
from placelang.codes import Code
from placelang.config import Layer, Settings
from placelang.diagnostics import Diagnostic, Source, has_errors
from placelang.files import read_source
from placelang_runtime.cli.logs import LOGGER

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from placelang.check.scope import Tables
    from placelang.inventory import Inventory
    from placelang.load import Modules
    from placelang.planning import Made, Worked
    from placelang.program import Program
    from placelang_runtime.plan import Plan


M = TypeVar("M", "Made", "Worked")


class Findings:
    """What is wrong so far, with the sources that it points into. Warnings wait for the errors, so that one report
    has all."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.sources: dict[str, Source] = {}

    def add(self, diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source] = {}) -> None:
        self.diagnostics += diagnostics
        self.sources |= sources

    def end_on_errors(self) -> None:
        """End the command if the input is wrong."""
        if has_errors(self.diagnostics):
            self.show()
            raise typer.Exit(Exit.INPUT)

    @contextmanager
    def of_input(self) -> Iterator[None]:
        """End the command if what is done finds that the input is wrong."""
        from placelang import InputError

        try:
            yield
        except InputError as error:
            self.add(error.diagnostics, error.sources)
            self.show()
            raise typer.Exit(Exit.INPUT) from error

    def show(self) -> None:
        """Report all, once."""
        report(self.diagnostics, self.sources)
        self.diagnostics = []


def settings(
    findings: Findings,
    *,
    inventory: str | None = None,
    policies: Sequence[Path] | None = None,
    params: Sequence[str] | None = None,
    budget: float | None = None,
) -> Settings:
    """What flags, environment and `placelang.toml` say together; only flags that a command has are given."""
    if budget is not None and not 0 <= budget < config.LARGEST_BUDGET:
        raise typer.BadParameter("a budget is a number from 0 on", param_hint="'--budget'")
    flags = Layer(
        "flag",
        inventory=inventory,
        policy=tuple(map(str, policies or ())),
        params=dict(map(_assignment, params or ())),
        budget=budget,
    )
    environment, faults = config.from_environment(os.environ)
    findings.add(faults)
    path = config.find(Path.cwd())
    if path is None:
        return config.resolve((flags, environment))
    LOGGER.debug("settings from %s", path)
    near = Path(os.path.relpath(path))  # as a person would write it
    file, sources, faults = config.from_file(near)
    findings.add(faults, {source.path: source for source in sources})
    return config.resolve((flags, environment, file))


def store_of(given: Settings) -> str | None:
    """The URL of the inventory, if it is a store."""
    return given.inventory if given.inventory is not None and is_store(given.inventory) else None


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"`{text}` is not NAME=VALUE", param_hint="'--set'")
    return name, value


def read_modules(files: Sequence[Path], given: Settings, findings: Findings) -> Modules:
    """The placement files and policies, with all that they import."""
    from placelang.load import load

    modules, faults = load(files, given.policy)
    findings.add(faults, modules.sources)
    LOGGER.info("read %d files", len(modules.modules))
    return modules


def read_inventory(given: Settings, findings: Findings) -> Inventory | None:
    """The inventory, of a store as it is now; None if something is wrong with it. A command that calls this cannot do
    without one."""
    return read_inventory_at(given, findings, None)[0]


def read_inventory_at(
    given: Settings, findings: Findings, at: int | None
) -> tuple[Inventory | None, int | None]:
    """The inventory and the moment to plan for: `at`, or for a store, where that is None, now."""
    if given.inventory is None:
        message = "no inventory: give --inventory FILE, PLACELANG_INVENTORY, or `inventory` in placelang.toml"
        raise typer.BadParameter(message)
    if not is_store(given.inventory):
        return read_inventory_file(Path(given.inventory), findings), at
    from placelang.store import read_store

    inventory, moment = read_store(given.inventory, at)
    _told_size(inventory)
    return inventory, moment


def _told_size(inventory: Inventory) -> None:
    LOGGER.info("read %d sites, %d hosts", len(inventory.sites.names), len(inventory.hosts.names))


def read_inventory_file(path: Path, findings: Findings) -> Inventory | None:
    """The inventory in a file; None if something is wrong with it."""
    from placelang.inventory import LIMIT, read_inventory

    source, faults = read_source(path, limit=LIMIT)
    findings.add(faults)
    if source is None:
        return None
    inventory, faults = read_inventory(source)
    findings.add(faults, {source.path: source})
    if inventory is not None:
        _told_size(inventory)
    return inventory


def read_catalogue(path: Path | None, findings: Findings) -> Inventory | None:
    """The inventory whose hosts are the kinds that can be added; None without one, or if something is wrong with it."""
    return None if path is None else read_inventory_file(path, findings)


def check_modules(
    modules: Modules,
    given: Settings,
    inventory: Inventory | None,
    findings: Findings,
    *,
    record: Callable[[Tables], None] | None = None,
) -> Program | None:
    """The program of the modules; None if something is wrong with them. `record` is as in `placelang.check.check`."""
    from placelang.check import check

    labels = None
    if inventory is not None:
        from placelang.inventory import inventory_labels

        labels = inventory_labels(inventory)
    program, faults = check(modules, given.params, labels, record=record)
    findings.add(faults)
    return program


@dataclass(frozen=True, slots=True)
class Ready:
    """All that planning takes; `at` is in ms since 1970-01-01 UTC."""

    program: Program
    inventory: Inventory
    policies: tuple[str, ...]
    current: Plan | None
    at: int | None


def moment_of(at: str | None) -> int | None:
    """What `--at` says, in ms since 1970."""
    from placelang.inventory import parse_time

    moment = None if at is None else parse_time(at)
    if at is not None and moment is None:
        raise typer.BadParameter(f"`{at}` is no time such as 2026-03-02T05:45:00Z", param_hint="'--at'")
    return moment


def read_all(
    files: Sequence[Path],
    given: Settings,
    findings: Findings,
    *,
    current: Path | None = None,
    at: str | None = None,
    images: Path | None = None,
    executor: Executor | None = None,
) -> Ready:
    """Everything, or all that is wrong with it in one report."""
    from placelang.lint import without_allowed

    inventory, moment = read_inventory_at(given, findings, moment_of(at))
    modules = read_modules(files, given, findings)
    program = check_modules(modules, given, inventory, findings)
    findings.diagnostics = list(without_allowed(modules, findings.diagnostics))
    running = None if current is None else read_plan(current, findings, executor)
    if images is not None:
        program = _locked(program, images, findings)
    findings.end_on_errors()
    if program is None or inventory is None:
        raise TypeError("what has no errors has a value")
    policies = tuple(module.source.path for module in modules.modules if module.is_policy)
    return Ready(program, inventory, policies, running, moment)


def with_models(ready: Ready, files: Sequence[Path], findings: Findings) -> Ready:
    """With the files of models that are there, by digest; ends the command if one is no model."""
    from placelang.models.located import with_files

    program, faults = with_files(ready.program, files[0].parent)
    findings.add(faults)
    findings.end_on_errors()
    return replace(ready, program=program)


def _locked(program: Program | None, path: Path, findings: Findings) -> Program | None:
    """The program with its images by digest; None if something is wrong."""
    from placelang.images.lock import MOST_BYTES, parse_lock, with_lock

    source, faults = read_source(path, limit=MOST_BYTES)
    findings.add(faults)
    if source is None:
        return None
    lock, faults = parse_lock(source)
    findings.add(faults, {source.path: source})
    return with_lock(program, lock) if program is not None and lock is not None else None


def make_plan(
    ready: Ready,
    given: Settings,
    findings: Findings,
    *,
    seed: int = 0,
    time_limit: float | None = None,
    executor: Executor | None = None,
    watch: Watch | None = None,
) -> Plan:
    """The plan, worked out where an interrupt can reach it. Warnings are shown when there is nothing to add."""
    from placelang.planning import plan_with_warnings

    return _made(
        partial(plan_with_warnings, seed=seed, time_limit=time_limit, executor=executor),
        ready,
        given,
        findings,
        watch or Watch(),
    ).plan


def work_out(ready: Ready, given: Settings, findings: Findings) -> Worked:
    """As `make_plan`, with what the plan was made from."""
    from placelang.planning import work_out

    return _made(work_out, ready, given, findings, Watch())


def _made(
    make: Callable[..., M],
    ready: Ready,
    given: Settings,
    findings: Findings,
    watch: Watch,
) -> M:
    from placelang.planning import BUDGET

    def work() -> M:
        return make(
            ready.program,
            ready.inventory,
            policies=ready.policies,
            current=ready.current,
            budget=BUDGET if given.budget is None else given.budget,
            at=ready.at,
            progress=watch.hear,
            stop=watch.stop,
        )

    doing = f"planning {count(len(ready.inventory.hosts.names), 'host')}"
    with findings.of_input():
        made = interruptibly(work, doing=doing, watch=watch)
    findings.add(made.warnings)
    findings.show()
    return made


def read_plan(path: Path, findings: Findings, executor: Executor | None = None) -> Plan | None:
    """A plan from a file, of which `executor` reads ranges where it is large; None if it is none."""
    from placelang_runtime.canonical import MOST_BYTES, PlanError, from_json, read_large

    large = read_large(path, executor) if executor is not None else None
    if large is not None:
        return large
    source, faults = read_source(path, limit=MOST_BYTES)
    findings.add(faults)
    if source is None:
        return None
    try:
        return from_json(source.text)
    except PlanError as error:
        findings.add([Diagnostic(Code.UNREADABLE, str(error), path=source.path)])
        return None
