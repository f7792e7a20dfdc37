"""`placelang explain`: why there, and why not elsewhere."""

from __future__ import annotations

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, read_all, settings
from placelang.cli.options import AsJson, File, Host, Inventory, Params, Policies, ServiceName, Site

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
    site: Site = None,
    host: Host = None,
    as_json: AsJson = False,
) -> Exit:
    """Explain why a service runs where it does."""
    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params)
    read_all([file], given, findings, current=None)
    return Exit.DONE
