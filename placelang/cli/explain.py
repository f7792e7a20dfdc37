"""`placelang explain`: why there, and why not elsewhere."""

from __future__ import annotations

import json

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, read_all, settings, store_of, work_out
from placelang.cli.options import (
    AsJson,
    At,
    File,
    Host,
    Images,
    Inventory,
    Params,
    Policies,
    ServiceName,
    Site,
)
from placelang.cli.progress import interruptibly
from placelang.cli.terminal import emit

EXAMPLES = """
placelang explain retail.place -i inventory.yaml loss-prevention.detector --site mma
placelang explain retail.place -i inventory.yaml loss-prevention.recorder --site gbg --host gbg-pos
"""


def explain(
    file: File,
    service: ServiceName,
    inventory: Inventory = None,
    policies: Policies = None,
    params: Params = None,
    at: At = None,
    site: Site = None,
    host: Host = None,
    images: Images = None,
    as_json: AsJson = False,
) -> Exit:
    """Explain why a service runs where it does.

    And why not elsewhere: for each host the clause that rules it out, the facts that are missing, or what would be
    lost if a replica stood there. Clauses are named by file and line.
    """
    from pydantic import TypeAdapter

    from placelang import InputError
    from placelang.explain import Explanation, explanation_text
    from placelang.explain import explain as find_reasons

    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params)
    ready = read_all([file], given, findings, at=at, images=images)
    worked = work_out(ready, given, findings)
    try:
        explanation = interruptibly(
            lambda: find_reasons(worked.lowered, worked.plan, service, site=site, host=host),
            doing=f"explaining {service}",
        )
    except InputError as error:
        findings.add(error.diagnostics, error.sources)
        findings.show()
        raise typer.Exit(Exit.USAGE) from error
    if as_json:
        data = TypeAdapter(Explanation).dump_python(explanation, mode="json")
        emit(json.dumps({"format": "placelang/explanation/1", **data}, indent=2) + "\n")
    else:
        emit(explanation_text(explanation, store_of(given)))
    return Exit.DONE
