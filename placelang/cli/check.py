"""`placelang check`: whether the files are right, without planning anything."""

from __future__ import annotations

import json

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, check_modules, read_inventory, read_modules, settings
from placelang.cli.options import AsJson, Files, Inventory, Params, Policies
from placelang.cli.terminal import as_data, count, emit, say
from placelang.diagnostics import has_errors

EXAMPLES = """
placelang check retail.place
placelang check retail.place --inventory inventory.yaml
placelang check retail.place --set footage=100GiB
"""


def check(
    files: Files,
    inventory: Inventory = None,
    policies: Policies = None,
    params: Params = None,
    as_json: AsJson = False,
) -> Exit:
    """Check placement files: syntax, names, types and units. Nothing is planned.

    With an inventory, also whether that is right, and whether the labels in it are those that the files declare.
    """
    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params)
    modules = read_modules(files, given, findings)
    known = read_inventory(given, findings) if given.inventory else None
    program = check_modules(modules, given, known, findings)
    if program is not None and known is not None:
        from placelang.world import build_world

        findings.add(build_world(known, program)[1])
    wrong = has_errors(findings.diagnostics)
    if as_json:
        found = [as_data(diagnostic, findings.sources) for diagnostic in findings.diagnostics]
        emit(json.dumps({"format": "placelang/check/1", "diagnostics": found}, indent=2) + "\n")
    elif findings.diagnostics:
        findings.show()
    else:
        say(f"{count(len(modules.modules), 'file')}: no errors")
    return Exit.INPUT if wrong else Exit.DONE
