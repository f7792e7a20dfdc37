"""`placelang-agent probe`: what this host is, for the inventory of those who plan."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import emit

if TYPE_CHECKING:
    from placelang_runtime.host_facts import DeviceKinds, HostFacts

EXAMPLES = """
placelang-agent probe --site gbg > gbg-1.json
placelang-agent probe --site gbg --rules rules.json --follow
"""

EVERY = 60.0
"""After how many seconds facts are looked at again though no device has come or gone."""

Site = Annotated[str | None, typer.Option("--site", metavar="NAME", help="Where this host stands.")]
Host = Annotated[
    str | None, typer.Option("--host", metavar="NAME", help="What it is called; its host name if left out.")
]
Rules = Annotated[
    Path | None,
    typer.Option(
        "--rules", metavar="FILE", help="Devices to look for: a plan, or what `inventory rules` writes."
    ),
]
Follow = Annotated[
    bool, typer.Option("--follow", help="Go on: report again when a device comes or goes, and every minute.")
]


def probe(site: Site = None, host: Host = None, rules: Rules = None, follow: Follow = False) -> Exit:
    """Find out what this host is, and print it as JSON, which `placelang inventory add` takes.

    Needs no privileges. What cannot be found out in two seconds, or is forbidden, is unknown, with the reason.
    """
    for found in looks(site, host, read_kinds(rules), follow=follow):
        emit(found.model_dump_json(indent=None if follow else 2) + "\n")
    return Exit.DONE


def looks(
    site: str | None, host: str | None, kinds: DeviceKinds | None, *, follow: bool
) -> Iterable[HostFacts]:
    """What the host is: once, or again and again."""
    from placelang_runtime.probe import probe as look

    name = host or socket.gethostname()

    def once() -> HostFacts:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
        return look(host=name, site=site, observed=now, kinds=kinds)

    if not follow:
        return [once()]
    from placelang_runtime.host_facts import DeviceKinds
    from placelang_runtime.probe.follow import follow as again

    return again(once, kinds or DeviceKinds(kinds={}), every=EVERY)


def read_kinds(path: Path | None) -> DeviceKinds | None:
    """The kinds of devices in a file, or the end of the command."""
    from pydantic import ValidationError

    from placelang_runtime.host_facts import DeviceKinds
    from placelang_runtime.probe.devices import rules_of
    from placelang_runtime.udev_rules import RuleError

    if path is None:
        return None
    try:
        kinds = _of_plan(path) or DeviceKinds.model_validate_json(path.read_bytes())
        rules_of(kinds)
    except (ValidationError, RuleError) as error:
        what = (
            "a rule in it cannot be: " + str(error) if isinstance(error, RuleError) else "its form is another"
        )
        message = f"{path} is neither a plan nor what `placelang inventory rules` writes: {what}"
        raise typer.BadParameter(message, param_hint="'--rules'") from error
    return kinds


def _of_plan(path: Path) -> DeviceKinds | None:
    """The kinds of devices in a plan, None if it is none."""
    from placelang_runtime.canonical import PlanError, read_plan
    from placelang_runtime.host_facts import DeviceKinds

    try:
        parts = read_plan(path).parts
    except PlanError:
        return None
    return DeviceKinds(kinds={kind: texts for part in parts[:1] for kind, texts in part.device_rules.items()})
