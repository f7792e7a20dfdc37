"""What a process of this host is asked to be: its command, its processors, and what it cannot have."""

from __future__ import annotations

import os
import sys
import zlib

from placelang_runtime.containers import ContainerSpec
from placelang_runtime.drivers.driver import Given
from placelang_runtime.drivers.errors import DriverError
from placelang_runtime.drivers.model_server import CODE, arguments


def processors(spec: ContainerSpec) -> list[int]:
    """The processors that it may use: as many as it needs, rounded up; not the same ones for all."""
    there = sorted(os.sched_getaffinity(0))
    if spec.cpu is None:
        return there
    first = zlib.crc32(spec.name.encode()) % len(there)
    count = min(len(there), max(1, -(-spec.cpu // 1000)))
    return sorted((there + there)[first : first + count])


def command_of(spec: ContainerSpec, given: Given) -> list[str]:
    """What is run: its own command, or the model server. Raises DriverError."""
    if not spec.is_model_server:
        return list(spec.command)
    if given.models is None:
        raise DriverError("refused", f"nobody says where the models of {spec.service} are")
    return [sys.executable, "-m", "placelang_runtime.serve", *arguments(spec, str(given.models))]


def variables_of(spec: ContainerSpec) -> dict[str, str]:
    """What the model server needs to be found by its Python."""
    return {"PYTHONPATH": str(CODE)} if spec.is_model_server else {}


def check_asked(spec: ContainerSpec) -> None:
    """Raise DriverError for what a process cannot have."""
    allowed = spec.privileges
    wants: tuple[tuple[str, bool], ...] = (
        ("`image`", spec.image is not None),
        ("`user`, of a model server", spec.is_model_server and allowed.user not in {None, os.geteuid()}),
        ("`volume`", bool(spec.volumes)),
        ("`allow capability`", bool(allowed.capabilities)),
        ("`allow privileged`", allowed.privileged),
        (
            "a port of the host that is not the container's",
            any(port.host != port.container for port in spec.ports),
        ),
        ("`address`", bool(spec.addresses)),
        ("`single`, by lease,", spec.leased),
        ("`unsafe env`", any(secret.plain for secret in spec.secrets)),
    )
    for what, wanted in wants:
        if wanted:
            raise DriverError(
                "refused", f"{spec.service} asks for {what}, which needs an engine: use the driver docker"
            )
    if not spec.command and not spec.is_model_server:
        raise DriverError("refused", f"{spec.service} has no command to run: write `command`")
    if allowed.user is not None and os.geteuid() not in {0, allowed.user}:
        raise DriverError(
            "refused", f"{spec.service} runs as user {allowed.user}, which only root can bring about"
        )
