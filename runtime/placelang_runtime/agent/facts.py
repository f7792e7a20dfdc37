"""What the host is, found out in a thread of its own: at once, when a device comes or goes, and every so often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import Thread

from placelang_runtime.host_facts import DeviceKinds, HostFacts
from placelang_runtime.probe import probe
from placelang_runtime.report import digest_of
from placelang_runtime.udev_rules import RuleError


@dataclass(slots=True)
class Prober:
    """`found` is what was found last, with a `digest` of it; `nudge` is called when that is new. `own` are facts that
    the host knows without looking. Whoever knows of other kinds of devices says so with `look_for`."""

    host: str
    site: str | None
    every: float
    nudge: Callable[[], None]
    own: Mapping[str, str] = field(default_factory=dict)
    found: HostFacts | None = None
    digest: str = ""
    _kinds: Mapping[str, tuple[str, ...]] | None = None
    _round: int = field(default=0)

    def look_for(self, kinds: Mapping[str, tuple[str, ...]]) -> None:
        """Look for devices of these kinds from now on."""
        if kinds != self._kinds:
            self._kinds = dict(kinds)
            self._round += 1
            Thread(target=self._follow, args=(self._round,), name="probe", daemon=True).start()

    def _follow(self, number: int) -> None:
        from placelang_runtime.probe.follow import follow  # noqa: PLC0415 - pyudev is for those who report

        kinds = DeviceKinds(kinds=dict(self._kinds or {}))
        look = partial(self._look, kinds if kinds.kinds else None)
        try:
            for found in follow(look, kinds, every=self.every):
                if number != self._round:
                    return
                self._find(found)
        except (OSError, RuleError, ImportError):  # no udev, or rules that this version cannot read
            self._find(self._look(None))

    def _find(self, found: HostFacts) -> None:
        self.digest, self.found = digest_of(found), found
        self.nudge()

    def _look(self, kinds: DeviceKinds | None) -> HostFacts:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
        found = probe(host=self.host, site=self.site, observed=now, kinds=kinds)
        return found.model_copy(update={"facts": {**found.facts, **self.own}})
