"""`placelang check`: whether the files are right, without planning anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, check_modules, read_inventory, read_modules, settings
from placelang.cli.options import AsJson, Files, Inventory, Params, Policies
from placelang.cli.terminal import as_data, count, emit, say, write_file
from placelang.config import Settings
from placelang.diagnostics import has_errors

if TYPE_CHECKING:
    import placelang.inventory
    from placelang.check.scope import Tables
    from placelang.load import Modules

EXAMPLES = """
placelang check retail.place
placelang check retail.place --inventory inventory.yaml
placelang check retail.place --set footage=100GiB
placelang check retail.place --fix
"""

Fix = Annotated[
    bool, typer.Option("--fix", help="Write the repairs that are certain into the files, then check them.")
]


ROUNDS = 10
"""A repair can bring to light what it hid; so often at most are files repaired and read again."""


def check(
    files: Files,
    inventory: Inventory = None,
    policies: Policies = None,
    params: Params = None,
    fix: Fix = False,
    as_json: AsJson = False,
) -> Exit:
    """Check placement files: syntax, names, types and units, and what cannot have been meant. Nothing is planned.

    With an inventory, also whether that is right, whether the labels in it are those that the files declare, and
    whether each clause has a host that it fits.
    """
    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params)
    known = read_inventory(given, findings) if given.inventory else None
    modules, found = _checked(files, given, known)
    if fix:
        for _ in range(ROUNDS):
            if not _repair(found):
                break
            modules, found = _checked(files, given, known)
    findings.add(found.diagnostics, found.sources)
    wrong = has_errors(findings.diagnostics)
    if as_json:
        shown = [as_data(diagnostic, findings.sources) for diagnostic in findings.diagnostics]
        emit(json.dumps({"format": "placelang/check/1", "diagnostics": shown}, indent=2) + "\n")
    elif findings.diagnostics:
        findings.show()
    else:
        say(f"{count(len(modules.modules), 'file')}: no errors")
    return Exit.INPUT if wrong else Exit.DONE


def _checked(
    files: Sequence[Path], given: Settings, known: placelang.inventory.Inventory | None
) -> tuple[Modules, Findings]:
    """The files as they are now, and what is wrong with them."""
    from placelang.lint import lint

    findings = Findings()
    modules = read_modules(files, given, findings)
    names: list[Tables] = []
    program = check_modules(modules, given, known, findings, record=names.append)
    world = None
    if program is not None and known is not None:
        from placelang.world import build_world

        world, faults = build_world(known, program)
        findings.add(faults)
    findings.diagnostics = list(lint(modules, findings.diagnostics, program, names[0], world))
    return modules, findings


def _repair(found: Findings) -> bool:
    """Write the repairs that are certain; whether there were any."""
    from placelang.fixes import edited, edits_of

    repairs = edits_of(found.diagnostics)
    for path, edits in sorted(repairs.items()):
        write_file(Path(path), edited(found.sources[path].text, edits))
        say(f"{path}: {count(len(edits), 'repair')}")
    return bool(repairs)
