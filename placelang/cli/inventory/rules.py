"""`placelang inventory rules`: which devices a probe is to look for."""

from __future__ import annotations

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, check_modules, read_modules, settings
from placelang.cli.options import Files, Params, Policies
from placelang.cli.terminal import emit

EXAMPLES = """
placelang inventory rules shop.place > rules.json
"""


def rules(files: Files, policies: Policies = None, params: Params = None) -> Exit:
    """Print the udev rules of the devices that placement files declare, for `inventory probe --rules`.

    A host that is probed needs this file and no placement file.
    """
    from placelang_runtime.host_facts import DeviceKinds

    findings = Findings()
    given = settings(findings, policies=policies, params=params)
    program = check_modules(read_modules(files, given, findings), given, None, findings)
    findings.end_on_errors()
    findings.show()
    if program is None:
        raise TypeError("what has no errors has a value")
    kinds = DeviceKinds(kinds={device.name: device.rules for device in program.devices})
    emit(kinds.model_dump_json(indent=2) + "\n")
    return Exit.DONE
