"""`placelang-agent install`: have the agent of this host run whenever the host does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.hosts import Config, read_config
from placelang_runtime.cli.terminal import emit, say

EXAMPLES = """
placelang-agent install
placelang-agent install --config /etc/placelang/host.toml --print
"""


def install(
    config: Config = None,
    folder: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="Where systemd finds its units.")
    ] = Path("/etc/systemd/system"),
    only_print: Annotated[bool, typer.Option("--print", help="Print the units, and change nothing.")] = False,
) -> Exit:
    """Write the systemd units of this host's agent and its watchdog, and the folders that they need.

    They are neither started nor enabled: the last line says how.
    """
    from placelang_runtime.files import write_whole
    from placelang_runtime.unit import NAME, WATCHDOG, unit_text, watchdog_text

    host = read_config(config)
    if host is None:
        return Exit.INPUT
    python = Path(sys.executable)
    units = {NAME: unit_text(host, python), WATCHDOG: watchdog_text(host, python)}
    if only_print:
        emit("\n".join(f"# {name}\n{text}" for name, text in units.items()))
        return Exit.DONE
    for private in (host.state, host.secrets):
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in units.items():
        write_whole(folder / name, text.encode(), mode=0o644)
    named = " ".join(units)
    say(f"written to {folder}: {named}\nnow: systemctl daemon-reload && systemctl enable --now {named}")
    return Exit.DONE
