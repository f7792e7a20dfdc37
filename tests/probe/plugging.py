"""A camera that is plugged in and pulled out under umockdev, while a probe follows: prints, as JSON, which devices each
look finds, and after how many seconds the last two did.

Run with `libumockdev-preload.so.0` preloaded; the argument is a recorded tree of devices.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from placelang_runtime.host_facts import DeviceKinds, HostFacts
from placelang_runtime.probe.devices import devices
from placelang_runtime.probe.follow import follow

NEVER = 600.0
"""Seconds after which a probe looks though nothing has happened: the test has failed by then."""
KINDS = DeviceKinds(kinds={"camera": ('SUBSYSTEM=="video4linux", ATTRS{idVendor}=="046d"',)})


class Bed:
    """A tree of devices that the processes of this bed see instead of the machine's."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libumockdev.so.0")
        self._library.umockdev_testbed_new.restype = ctypes.c_void_p
        self._bed = ctypes.c_void_p(self._library.umockdev_testbed_new())

    def plug(self, tree: str) -> None:
        failed = not self._library.umockdev_testbed_add_from_string(self._bed, tree.encode(), None)
        if failed:
            raise ValueError(tree)

    def tell(self, device: str, action: str) -> None:
        self._library.umockdev_testbed_uevent(self._bed, device.encode(), action.encode())

    def pull(self, device: str) -> None:
        self.tell(device, "remove")
        self._library.umockdev_testbed_remove_device(self._bed, device.encode())


def look() -> HostFacts:
    found = tuple(devices(KINDS).lists["devices"])
    return HostFacts(
        host="here",
        site=None,
        observed="2026-03-02T05:45:00Z",
        facts={},
        labels={},
        gpus=(),
        devices=found,
        unknown=(),
    )


def seen(looks: Iterator[HostFacts]) -> tuple[list[str], float]:
    """What the next look finds, and how long it took to come."""
    start = time.monotonic()
    return [device.name for device in next(looks).devices or ()], round(time.monotonic() - start, 3)


def main(recorded: str) -> None:
    tree = Path(recorded).read_text(encoding="utf-8")
    device = next(
        f"/sys{line.removeprefix('P: ')}"
        for block in tree.split("\n\n")
        for line in block.splitlines()
        if line.startswith("P: ") and "SUBSYSTEM=video4linux" in block
    )
    bed = Bed()
    looks = follow(look, KINDS, every=NEVER)
    before = seen(looks)
    bed.plug(tree)
    bed.tell(device, "add")
    plugged = seen(looks)
    bed.pull(device)
    pulled = seen(looks)
    found = {"before": before[0], "plugged": plugged[0], "pulled": pulled[0]}
    print(json.dumps(found | {"seconds": [plugged[1], pulled[1]]}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
