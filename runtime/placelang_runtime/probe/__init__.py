"""The probe: what the host is that this runs on, found out without privileges and within a bounded time.

Each thing that is looked at is looked at by itself: what hangs, fails or is forbidden becomes unknown, with the reason.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

from placelang_runtime.host_facts import Device, DeviceKinds, Gpu, HostFacts, Unknown
from placelang_runtime.probe import devices, engine, gpus, machine, providers
from placelang_runtime.probe.found import Found, NotFoundOutError

SECONDS: Final = 1.8
"""How long the probe waits for all that it looks at together."""

__all__ = ["SECONDS", "Found", "NotFoundOutError", "probe"]


@dataclass(slots=True)
class _Look:
    """One thing that is looked at: `facts` are those that it finds out."""

    facts: tuple[str, ...]
    see: Callable[[], Found]
    found: Found | None = None
    reason: str = ""

    def run(self) -> None:
        try:
            self.found = self.see()
        except NotFoundOutError as error:
            self.reason = str(error)
        except PermissionError as error:
            self.reason = f"not allowed to read {error.filename}"
        except Exception as error:  # noqa: BLE001 - a driver's fault is no reason to know nothing of the rest
            self.reason = f"{type(error).__name__}: {error}"[:500]


def probe(
    *,
    host: str,
    site: str | None,
    observed: str,
    kinds: DeviceKinds | None = None,
    root: Path = Path("/"),
    seconds: float = SECONDS,
) -> HostFacts:
    """What the host is. `kinds` are devices to look for; `root` is where `proc` and `sys` are."""
    looks = [
        _Look(("arch", "os", "kernel"), machine.system),
        _Look(("cpu.cores", "cpu.model", "cpu.flags"), partial(machine.processor, root)),
        _Look(("memory",), partial(machine.memory, root)),
        _Look(("disk",), partial(machine.disk, root)),
        _Look(("runtime",), engine.engine),
        _Look(("providers",), providers.providers),
        _Look(("gpus",), partial(gpus.gpus, root)),
    ]
    if kinds is not None:
        looks.append(_Look(("devices",), partial(devices.devices, kinds)))
    _run_all(looks, seconds)
    return _together(host, site, observed, looks)


def _run_all(looks: list[_Look], seconds: float) -> None:
    """Look at everything at once; what is not done in time is left behind."""
    threads = [threading.Thread(target=look.run, daemon=True) for look in looks]
    for thread in threads:
        thread.start()
    end = monotonic() + seconds
    for thread in threads:
        thread.join(max(end - monotonic(), 0))
    for look, thread in zip(looks, threads, strict=True):
        if thread.is_alive():
            look.found, look.reason = None, f"it took longer than {seconds:g} s"


def _together(host: str, site: str | None, observed: str, looks: list[_Look]) -> HostFacts:
    facts: dict[str, Any] = {"up": True}
    labels: dict[str, Any] = {}
    lists: dict[str, Any] = {"gpus": None, "devices": None}
    unknown: list[Unknown] = []
    for look in looks:
        found = look.found
        if found is None:
            unknown += [Unknown(fact=fact, reason=look.reason) for fact in look.facts]
            continue
        facts |= _known(found.facts)
        labels |= _known(found.labels)
        lists |= {name: tuple(members) for name, members in found.lists.items()}
        unknown += [Unknown(fact=fact, reason=reason) for fact, reason in found.unknown.items()]
    return HostFacts(
        host=host,
        site=site,
        observed=observed,
        facts=dict(sorted(facts.items())),
        labels=dict(sorted(labels.items())),
        gpus=_typed(lists["gpus"], Gpu),
        devices=_typed(lists["devices"], Device),
        unknown=tuple(unknown),
    )


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _typed(members: Any, kind: type[Gpu | Device]) -> Any:
    return None if members is None else tuple(one for one in members if isinstance(one, kind))
