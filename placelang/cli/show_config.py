"""`placelang config show`: which settings are in force here, and where each comes from."""

from __future__ import annotations

import json
from pathlib import Path

from placelang import config
from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, settings
from placelang.cli.options import AsJson
from placelang.cli.terminal import emit, say

EXAMPLES = """
placelang config show
PLACELANG_BUDGET=60 placelang config show --json
"""


def show(as_json: AsJson = False) -> Exit:
    """Show the settings in force.

    A flag wins over the environment, the environment over the nearest placelang.toml.
    """
    findings = Findings()
    given = settings(findings)
    findings.end_on_errors()
    rows: dict[str, object] = {
        "inventory": given.inventory,
        "policy": list(given.policy),
        "budget": given.budget,
        **{f"params.{name}": value for name, value in given.params.items()},
    }
    if as_json:
        data = {key: {"value": value, "origin": given.origins.get(key)} for key, value in rows.items()}
        emit(json.dumps({"format": "placelang/config/1", "settings": data}, indent=2) + "\n")
        return Exit.DONE
    width = max(map(len, rows))
    for key, value in rows.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        emit(
            f"{key:{width}}  {shown or '-'}"
            + (f"  ({given.origins[key]})" if key in given.origins else "")
            + "\n"
        )
    if config.find(Path.cwd()) is None:
        say(f"no {config.FILE} in this folder or above it")
    return Exit.DONE
