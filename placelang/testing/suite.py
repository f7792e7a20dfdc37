"""From the modules of a fleet to its `Suite`: inventories and plans that tests name are read, programs checked, names
looked up. All that is wrong is found before any test runs.

Files are read below the folder of the test that names them, after all links are resolved.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from placelang import syntax
from placelang.check import check
from placelang.check.tests import beside
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source, Span, has_errors, in_order
from placelang.expectations import TestSpec
from placelang.files import read_source
from placelang.inventory import LIMIT, Inventory, inventory_labels, read_inventory
from placelang.load import Modules
from placelang.planning import BUDGET
from placelang.testing.alter import alter
from placelang.testing.names import unknown_names
from placelang.testing.run import Case, Suite
from placelang.types import Type
from placelang_runtime.canonical import MOST_BYTES, PlanError, from_json
from placelang_runtime.plan import Plan


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a suite: None if anything is wrong. `sources` are what the diagnostics point into."""

    suite: Suite | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


def read_suite(
    modules: Modules, params: Mapping[str, str] | None = None, *, budget: float = BUDGET
) -> Reading:
    """The tests that stand in the root files of `modules`, ready to run; those of other files are checked only."""
    files = _Files()
    roots = {module.source.path for module in modules.modules if module.is_root}
    for node in (n for m in modules.modules if m.is_root for n in m.tree.statements):
        if isinstance(node, syntax.Test):
            files.read_for(node)
    program, faults = check(modules, params, files.labels())
    found = [*files.faults, *faults]
    cases = []
    for test in program.tests if program is not None else ():
        if test.span.path in roots:
            case, unknown = _case(test, files)
            found += unknown
            cases += [case] if case is not None else []
    diagnostics = in_order(found)
    sources = {**modules.sources, **files.sources}
    if program is None or has_errors(diagnostics):
        return Reading(None, diagnostics, sources)
    policies = tuple(module.source.path for module in modules.modules if module.is_policy)
    return Reading(Suite(program, policies, tuple(cases), budget), diagnostics, sources)


def _case(test: TestSpec, files: _Files) -> tuple[Case | None, list[Diagnostic]]:
    inventory = files.inventories.get(test.inventory.text)
    running = files.plans.get(test.running.text) if test.running else None
    if inventory is None or (test.running and running is None):
        return None, []  # it has been said why
    given, unknown = alter(inventory, test.given)
    faults = [*unknown]
    for expect in test.expect:
        faults += unknown_names(expect, (inventory, given))
    return Case(test, inventory, given, running), faults


@dataclass(slots=True)
class _Files:
    """What tests have named so far, each file once, by path; None for one that could not be read."""

    inventories: dict[str, Inventory | None] = field(default_factory=dict)
    plans: dict[str, Plan | None] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    faults: list[Diagnostic] = field(default_factory=list)

    def read_for(self, test: syntax.Test) -> None:
        """Read what the test names, as far as its paths are fit to be read; checking says of the others why not."""
        for step in test.steps:
            if isinstance(step, syntax.TestInventory | syntax.TestRunning):
                path = beside(step.path)
                read = self.inventories if isinstance(step, syntax.TestInventory) else self.plans
                if path is not None and path not in read and not self._leads_out(path, step.path.span):
                    self._read(step, path)

    def labels(self) -> dict[str, dict[str, Type]]:
        """The labels of all inventories; of two of one name, the first says of what type it is."""
        found: dict[str, dict[str, Type]] = {}
        for inventory in self.inventories.values():
            for noun, labels in inventory_labels(inventory).items() if inventory else ():
                found[noun] = labels | found.get(noun, {})
        return found

    def _leads_out(self, path: str, span: Span) -> bool:
        folder = os.path.realpath(os.path.dirname(span.path) or ".")  # noqa: PTH120 - as `load` does it
        if os.path.commonpath((os.path.realpath(path), folder)) == folder:
            return False
        message = "this path leads out of the folder that the test is in"
        self.faults.append(Diagnostic(Code.PATH_OUTSIDE, message, span, notes=("by a symbolic link",)))
        return True

    def _read(self, step: syntax.TestInventory | syntax.TestRunning, path: str) -> None:
        is_plan = isinstance(step, syntax.TestRunning)
        source, faults = read_source(Path(path), limit=MOST_BYTES if is_plan else LIMIT)
        at = step.path.span
        self.faults += [replace(f, span=at, path=None, notes=(f"the file is {f.path}",)) for f in faults]
        if is_plan:
            self.plans[path] = self._plan(source, at) if source is not None else None
        else:
            self.inventories[path] = self._inventory(source) if source is not None else None

    def _inventory(self, source: Source) -> Inventory | None:
        self.sources[source.path] = source
        inventory, faults = read_inventory(source)
        self.faults += faults
        return inventory

    def _plan(self, source: Source, at: Span) -> Plan | None:
        try:
            return from_json(source.text)
        except PlanError as error:
            self.faults.append(Diagnostic(Code.UNREADABLE, str(error), at))
            return None
