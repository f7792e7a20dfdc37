"""What the engine says of a container, as a `Copy`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from placelang_runtime.drivers.driver import Copy, State
from placelang_runtime.drivers.labels import read

_STATES: Final[Mapping[str, State]] = {
    "created": "created",
    "running": "running",
    "paused": "running",
    "restarting": "restarting",
}
_NEVER: Final = "0001-01-01"


def copy_of(found: Mapping[str, Any], host: str, addresses: Mapping[str, str]) -> Copy | None:
    """The container, None where it is not ours; `addresses` are of those whose network it may share, by id."""
    labels = read(found["Config"].get("Labels"), host)
    if labels is None:
        return None
    told = found["State"]
    state = _STATES.get(told["Status"], "exited")
    ran = state != "created"
    return Copy(
        id=found["Id"],
        name=found["Name"].removeprefix("/"),
        labels=labels,
        state=state,
        exit_code=told["ExitCode"] if ran and state != "running" else None,
        started_at=_moment(told["StartedAt"]),
        restarts=found.get("RestartCount", 0),
        address=_address(found, addresses) if state == "running" else None,
    )


def joined(found: Mapping[str, Any]) -> str | None:
    """The container whose network it shares."""
    mode = str(found["HostConfig"].get("NetworkMode", ""))
    return mode.removeprefix("container:") if mode.startswith("container:") else None


def _address(found: Mapping[str, Any], addresses: Mapping[str, str]) -> str | None:
    other = joined(found)
    if other is not None:
        return addresses.get(other)
    if found["HostConfig"].get("NetworkMode") == "host":
        return "127.0.0.1"
    return address_of(found)


def address_of(found: Mapping[str, Any]) -> str | None:
    """Where a container answers on the engine's own network."""
    networks = found["NetworkSettings"].get("Networks") or {}
    return next((said["IPAddress"] for said in networks.values() if said.get("IPAddress")), None)


def _moment(text: str) -> float | None:
    """A moment as Go writes it, with up to nine digits of a second."""
    if text.startswith(_NEVER):
        return None
    whole, _, rest = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + (
        float(f"0.{rest}") if rest.isdigit() else 0.0
    )
