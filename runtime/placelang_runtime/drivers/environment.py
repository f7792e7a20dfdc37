"""The variables of a container: the plan's own, then the ways to secrets and peers."""

from __future__ import annotations

from placelang_runtime.containers import ContainerSpec
from placelang_runtime.drivers.driver import Given
from placelang_runtime.drivers.errors import DriverError


def environment(spec: ContainerSpec, given: Given, secrets_at: str) -> dict[str, str]:
    """By name; files of secrets are below `secrets_at`. Raises DriverError where the host has not given one."""
    found = dict(spec.env)
    for secret in spec.secrets:
        if secret.plain:
            found[secret.variable] = _given(spec, secret.variable, given.plain.get(secret.variable))
        else:
            folder = None if given.secrets is None else secrets_at
            found[secret.variable] = f"{_given(spec, secret.variable, folder)}/{secret.secret}"
    for address in spec.addresses:
        found[address.variable] = _given(spec, address.variable, given.addresses.get(address.variable))
    for name, value in found.items():
        if "=" in name or "\0" in name + value:
            raise DriverError("refused", f"{spec.service}: no container can have the variable {name!r}")
    return found


def _given(spec: ContainerSpec, variable: str, value: str | None) -> str:
    if value is None:
        raise DriverError(
            "refused", f"{spec.host} does not say what the variable {variable} of {spec.service} is"
        )
    return value
