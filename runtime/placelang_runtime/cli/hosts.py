"""The host's own configuration, as commands read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang_runtime.cli.terminal import complain

if TYPE_CHECKING:
    from placelang_runtime.host_config import HostConfig

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="The host's configuration, /etc/placelang/host.toml if left out."
    ),
]


def read_config(path: Path | None) -> HostConfig | None:
    """The configuration in the file, or None, with what is wrong said. Raises OSError."""
    from placelang_runtime.host_config import DEFAULT, HostConfigError, read_host_config

    try:
        return read_host_config(path or DEFAULT)
    except HostConfigError as error:
        complain(str(error))
        return None
