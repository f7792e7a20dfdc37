"""`HostFacts`: what a probe found out about the host that it runs on, and what it could not.

Amounts are in base units: bytes, bit/s, cores. `placelang inventory add` takes the document as it is.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from placelang_runtime.base import LARGEST, DeviceRules, Document, Name

FORMAT: Final = "placelang/host-facts/1"

Short = Annotated[str, StringConstraints(max_length=1_000)]
Amount = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]
Value = bool | Amount | Short | tuple[Short, ...]


class Gpu(Document):
    """A GPU; what is None nobody could say. `memory` is its own, in bytes; `uuid` is what its driver calls it, whatever
    its number is after the next boot."""

    vendor: Short | None = None
    model: Short | None = None
    memory: Amount | None = None
    compute: Short | None = None
    driver: Short | None = None
    unified: bool | None = None
    uuid: Short | None = None


class Device(Document):
    """A device of a declared kind. `name` is unique among those of the host."""

    kind: Name
    name: Name
    vendor: Short | None = None
    model: Short | None = None
    serial: Short | None = None
    path: Short | None = None


class Unknown(Document):
    """A fact, or a list, that was looked for in vain, and why."""

    fact: Name
    reason: Short


class HostFacts(Document):
    """`gpus` and `devices` are None where looking for them failed; `devices` also where no kinds were declared.
    `labels` are facts that have no name of their own in the language."""

    format: Literal["placelang/host-facts/1"] = FORMAT
    host: Name
    site: Name | None
    observed: Annotated[str, StringConstraints(max_length=64)]
    facts: Annotated[dict[Name, Value], Field(max_length=1_000)]
    labels: Annotated[dict[Name, Value], Field(max_length=1_000)]
    gpus: Annotated[tuple[Gpu, ...], Field(max_length=256)] | None
    devices: Annotated[tuple[Device, ...], Field(max_length=4_096)] | None
    unknown: tuple[Unknown, ...]


class DeviceKinds(Document):
    """The udev rules of each kind of device that placement files declare: what `placelang inventory rules` writes."""

    format: Literal["placelang/device-kinds/1"] = "placelang/device-kinds/1"
    kinds: DeviceRules
