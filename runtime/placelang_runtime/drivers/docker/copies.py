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


def copy_of(found: Mapping[str, Any], host: str, network: Mapping[str, Any] | None) -> Copy | None:
    """The container, None where it is not ours; `network` is the one whose network it shares, None where that is
    gone."""
    name = found["Name"].removeprefix("/")
    labels = read(found["Config"].get("Labels"), host, name)
    if labels is None:
        return None
    told = found["State"]
    state = _STATES.get(told["Status"], "exited")
    if state == "running" and is_cut_off(found, network):
        state = "restarting"
    ran = state != "created"
    return Copy(
        id=found["Id"],
        name=name,
        labels=labels,
        state=state,
        exit_code=told["ExitCode"] if ran and state != "running" else None,
        started_at=_moment(told["StartedAt"]),
        restarts=found.get("RestartCount", 0),
        address=_address(network or found) if state == "running" else None,
    )


def joined(found: Mapping[str, Any]) -> str | None:
    """The container whose network it shares."""
    mode = str(found["HostConfig"].get("NetworkMode", ""))
    return mode.removeprefix("container:") if mode.startswith("container:") else None


def is_cut_off(found: Mapping[str, Any], network: Mapping[str, Any] | None) -> bool:
    """Whether a container runs on in a network that was another's, who has a new one since: it has to start again."""
    if not found["State"]["Running"] or joined(found) is None:
        return False
    if network is None or not network["State"]["Running"]:
        return True
    theirs, its = (_moment(one["State"]["StartedAt"]) for one in (network, found))
    return theirs is not None and its is not None and theirs > its


def _address(found: Mapping[str, Any]) -> str | None:
    if found["HostConfig"].get("NetworkMode") == "host":
        return "127.0.0.1"
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
