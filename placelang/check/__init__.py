"""From syntax trees to a `Program`: names resolved, types and units judged, constants folded.

Enters: the modules of a fleet. Leaves: a `Program` if nothing is wrong, and all diagnostics in the order of the text;
no pass stops at a fault, and none repeats what another has said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from placelang.check.constants import fix_constants
from placelang.check.declarations import Declarations, declare
from placelang.check.facts import declare_devices, declare_labels, declare_resources, derive_facts
from placelang.check.faults import Faults
from placelang.check.given import Declared
from placelang.check.models import check_models
from placelang.check.objectives import check_objectives
from placelang.check.order import check_order
from placelang.check.policies import check_policies
from placelang.check.scope import Labels, Scope, Tables
from placelang.check.services import check_apps
from placelang.check.sidecars import Fleet
from placelang.check.tests import check_tests
from placelang.diagnostics import Diagnostic, has_errors
from placelang.load import Modules
from placelang.program import Program

__all__ = ["Labels", "check"]


def check(
    modules: Modules,
    params: Mapping[str, str] | None = None,
    inventory_labels: Labels | None = None,
    *,
    record: Callable[[Tables], None] | None = None,
) -> tuple[Program | None, tuple[Diagnostic, ...]]:
    """The program that the modules make up.

    `params` are the texts of `--set` by name. With `inventory_labels`, a label that only the inventory has is a
    warning instead of an error. `record` is given what each name stands for, also where there are errors.
    """
    faults = Faults(complete=modules.complete, sources=modules.sources.values(), unread=modules.unread)
    tables = Tables(inventory=inventory_labels)
    if record is not None:
        record(tables)
    declarations = declare(modules, faults)
    tables.models.update(_names_of_models(declarations))
    values = fix_constants(declarations, params or {}, tables, faults)
    labels = declare_labels(declarations, tables, faults)
    devices = declare_devices(declarations, tables, faults)
    resources = declare_resources(declarations, faults)
    derived = derive_facts(declarations, tables, faults)
    supplies = dict.fromkeys(declarations.resources) | {spec.name: spec for spec in resources}
    roots = [module.source.path for module in modules.modules if module.is_root]
    models = check_models(declarations, supplies, declarations.devices, roots, Scope(tables, faults))
    fleet = Fleet(supplies, declarations.devices, declarations.services, models)
    apps = check_apps(declarations, fleet, Scope(tables, faults))
    check_order(apps, faults)
    apps, policies = check_policies(declarations, apps, fleet, Scope(tables, faults))
    objectives = check_objectives(declarations.optimize, supplies, faults)
    recorded = Declared(frozenset((spec.noun, spec.name) for spec in labels), supplies)
    tests = check_tests(declarations, recorded, Scope(tables, faults))
    diagnostics = faults.diagnostics()
    if has_errors(diagnostics) or not modules.sound:
        return None, diagnostics
    program = Program(
        sources=tuple(sorted(modules.sources.values(), key=lambda source: source.path)),
        params=values,
        labels=tuple(sorted((*labels, *tables.assumed.values()), key=lambda spec: (spec.noun, spec.name))),
        resources=resources,
        devices=devices,
        derived=derived,
        apps=apps,
        objectives=objectives,
        tests=tests,
        policies=policies,
        models=tuple(model for _, model in sorted(models.items()) if model is not None),
    )
    return program, diagnostics


def _names_of_models(declarations: Declarations) -> dict[str | None, tuple[str, ...]]:
    found: dict[str | None, tuple[str, ...]] = {}
    for app, name in declarations.models:
        found[app] = (*found.get(app, ()), name)
    return found
