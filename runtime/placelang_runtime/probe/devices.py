"""Devices of the kinds that placement files declare, as udev knows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyudev

from placelang_runtime.host_facts import Device, DeviceKinds
from placelang_runtime.probe.found import Found
from placelang_runtime.udev_rules import Rule, any_matches, parse_rule

LONGEST = 1_000


class Seen:
    """A device of udev as rules see it."""

    def __init__(self, device: pyudev.Device) -> None:
        self._device = device

    @property
    def subsystem(self) -> str | None:
        return _text(self._device.subsystem)

    @property
    def kernel(self) -> str | None:
        return _text(self._device.sys_name)

    @property
    def driver(self) -> str | None:
        return _text(self._device.driver)

    @property
    def parent(self) -> Seen | None:
        above = self._device.parent
        return None if above is None else Seen(above)

    def attribute(self, name: str) -> str | None:
        return _text(self._device.attributes.get(name))

    def variable(self, name: str) -> str | None:
        return _text(self._device.properties.get(name))


def _text(found: str | bytes | None) -> str | None:
    return found.decode(errors="replace") if isinstance(found, bytes) else found


def rules_of(kinds: DeviceKinds) -> dict[str, list[Rule]]:
    """The rules of each kind. Raises RuleError."""
    return {kind: [parse_rule(text) for text in texts] for kind, texts in sorted(kinds.kinds.items())}


def devices(kinds: DeviceKinds) -> Found:
    """The devices that match, by kind and name."""
    rules = rules_of(kinds)
    found = [device for seen in pyudev.Context().list_devices() for device in of_kinds(seen, rules)]
    return Found(lists={"devices": sorted(found, key=lambda device: (device.kind, device.name))})


def of_kinds(device: pyudev.Device, rules: Mapping[str, list[Rule]]) -> Iterator[Device]:
    """The device once for each kind that it is of."""
    seen = Seen(device)
    for kind, wanted in rules.items():
        if any_matches(wanted, seen):
            yield _described(device, kind)


def _described(device: pyudev.Device, kind: str) -> Device:
    said = device.properties

    def first(*names: str) -> str | None:
        return next((said[name][:LONGEST] for name in names if said.get(name)), None)

    return Device(
        kind=kind,
        name=f"{kind}-{device.sys_name}",
        vendor=first("ID_VENDOR_FROM_DATABASE", "ID_VENDOR"),
        model=first("ID_MODEL_FROM_DATABASE", "ID_MODEL"),
        serial=first("ID_SERIAL_SHORT"),
        path=device.device_node,
    )
