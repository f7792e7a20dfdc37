"""placelang: what runs where on a fleet of unlike, half-known, often offline hosts.

    from placelang import plan_file
    plan = plan_file("retail.place", "inventory.yaml")

The stages are functions, each of which can be had by itself: `load` or `parse`, `check`, `build_world`, `lower`,
`solve`, `arrange`; `plan` is the last four together. Importing this module loads none of them: each loads what it needs
when it is first asked for.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from placelang.arrange.arrange import arrange as arrange
    from placelang.arrange.header import Inputs as Inputs
    from placelang.check import check as check
    from placelang.diagnostics import Diagnostic as Diagnostic
    from placelang.diagnostics import Source as Source
    from placelang.errors import InputError as InputError
    from placelang.explain import explain as explain
    from placelang.format import format_tree as format_tree
    from placelang.inventory import Inventory as Inventory
    from placelang.inventory import load_inventory as load_inventory
    from placelang.load import load as load
    from placelang.lower import lower as lower, Lowered as Lowered  # isort: skip
    from placelang.parse import parse as parse
    from placelang.planning import plan as plan
    from placelang.planning import plan_file as plan_file
    from placelang.program import Program as Program
    from placelang.render import render as render
    from placelang.verify import verify as verify
    from placelang.whatif import Difference as Difference
    from placelang.whatif import Sized as Sized
    from placelang.whatif import Sizing as Sizing
    from placelang.whatif import Survey as Survey
    from placelang.whatif import Surveyed as Surveyed
    from placelang.whatif import WhatIf as WhatIf
    from placelang.whatif import size as size
    from placelang.whatif import survey as survey
    from placelang.whatif import whatif as whatif
    from placelang.world import build_world as build_world
    from placelang_runtime.canonical import PlanError as PlanError
    from placelang_runtime.canonical import read_plan as read_plan
    from placelang_runtime.canonical import to_json as to_json
    from placelang_runtime.plan import Plan as Plan
    from placelang_scheduler import Problem as Problem
    from placelang_scheduler import Solution as Solution
    from placelang_scheduler import solve as solve

_HOMES = {
    "placelang.arrange": ("Inputs", "arrange"),
    "placelang.check": ("check",),
    "placelang.diagnostics": ("Diagnostic", "Source"),
    "placelang.errors": ("InputError",),
    "placelang.explain": ("explain",),
    "placelang.format": ("format_tree",),
    "placelang.inventory": ("Inventory", "load_inventory"),
    "placelang.load": ("load",),
    "placelang.lower": ("Lowered", "lower"),
    "placelang.parse": ("parse",),
    "placelang.planning": ("plan", "plan_file"),
    "placelang.program": ("Program",),
    "placelang.render": ("render",),
    "placelang.verify": ("verify",),
    "placelang.whatif": (
        "Difference",
        "Sized",
        "Sizing",
        "Survey",
        "Surveyed",
        "WhatIf",
        "size",
        "survey",
        "whatif",
    ),
    "placelang.world": ("build_world",),
    "placelang_runtime.canonical": ("PlanError", "read_plan", "to_json"),
    "placelang_runtime.plan": ("Plan",),
    "placelang_scheduler": ("Problem", "Solution", "solve"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - a test holds that it is what type checkers see above


if not TYPE_CHECKING:  # a type checker would take it for an answer to every name

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module 'placelang' has no attribute {name!r}")
        found = getattr(importlib.import_module(_HOME_OF[name]), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Stages and the modules that hold them have the same names: `placelang.check` is the function, and stays it when
    the module is imported, which otherwise would take its place."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
