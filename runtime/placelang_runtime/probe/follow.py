"""Facts as they change: a device that is plugged in or pulled out is known at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyudev

from placelang_runtime.host_facts import DeviceKinds, HostFacts
from placelang_runtime.probe.devices import of_kinds, rules_of


def follow(look: Callable[[], HostFacts], kinds: DeviceKinds, *, every: float) -> Iterator[HostFacts]:
    """What `look` finds: at once, whenever a device of these kinds comes or goes, and after every `every` seconds.
    Never ends."""
    rules = rules_of(kinds)
    monitor = pyudev.Monitor.from_netlink(pyudev.Context())
    monitor.start()
    while True:
        yield look()
        waiting = True
        while waiting:
            event = monitor.poll(every)
            waiting = event is not None and not any(of_kinds(event, rules)) and event.action != "remove"
