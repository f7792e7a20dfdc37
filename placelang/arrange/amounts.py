"""Amounts of resources in people's words."""

from __future__ import annotations

from collections.abc import Callable

from placelang.lower.amounts import SCALE
from placelang.lower.needs import PORT
from placelang.program import Program
from placelang.types import BANDWIDTH, BYTES, NUMBER, Type, Value, show, spell
from placelang_scheduler.rules.sharing import share_of

_TYPES = {"memory": BYTES, "disk": BYTES, "bandwidth": BANDWIDTH}


def say_amount(program: Program, resource: str, amount: int) -> str:
    """`2GiB of memory`, `1.5 cores`, `2 GPUs`, `4GiB of one GPU`, `1 camera`, `host port 8080`."""
    return _in_words(program, resource, amount, show)


def spell_amount(program: Program, resource: str, amount: int) -> str:
    """The same to the last digit, for what somebody may write down: `1408MiB of memory`."""
    return _in_words(program, resource, amount, spell)


def _in_words(program: Program, resource: str, amount: int, write: Callable[[Value, Type], str]) -> str:
    if resource.startswith(PORT):
        return f"host port {resource.removeprefix(PORT)}"
    if resource == "cpu":
        cores = spell(amount / SCALE["cpu"], NUMBER)
        return f"{cores} core{'s' * (cores != '1')}"
    if resource == "gpu":
        return f"{amount} GPU{'s' * (amount != 1)}"
    if resource == share_of("gpu"):
        return f"{write(float(amount), BYTES) if amount else '0B'} of one GPU"
    if resource.startswith("device."):
        return f"{amount} {resource.removeprefix('device.')}{'s' * (amount != 1)}"
    return f"{write(float(amount), _type(program, resource))} of {resource}"


def _type(program: Program, resource: str) -> Type:
    declared = {spec.name: spec.type for spec in program.resources}
    return _TYPES.get(resource) or declared.get(resource, NUMBER)
