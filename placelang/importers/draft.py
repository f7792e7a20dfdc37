"""A host as an importer makes it, and how a fleet of them is written as an inventory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from placelang.codes import Code
from placelang.importers.record import LONGEST, Record
from placelang.inventory.document import FORMAT
from placelang.inventory.values import Wrong
from placelang.types import LIMIT

ARCHITECTURES: Mapping[str, str] = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "arm": "arm",
    "i386": "386",
    "i686": "386",
    "386": "386",
    "riscv64": "riscv64",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
}
"""What tools call an architecture, and what OCI does."""


@dataclass(slots=True)
class Host:
    """A host: `facts` by name as an inventory writes them (`cpu.cores`), `gpus` None where nobody has looked.
    `record` is where it comes from."""

    name: str
    record: Record
    site: str | None = None
    observed: str | None = None
    facts: dict[str, object] = field(default_factory=dict)
    labels: dict[str, object] = field(default_factory=dict)
    resources: dict[str, object] = field(default_factory=dict)
    gpus: list[dict[str, object]] | None = None
    all_gpus: bool = True

    def fact(self, name: str, value: object) -> None:
        """Record a fact, unless nothing is known."""
        if value is not None:
            self.facts[name] = value

    def amount(self, name: str, value: float | None) -> None:
        """Record an amount of bytes."""
        if value is not None:
            self.facts[name] = in_bytes(value)

    def architecture(self, *keys: str) -> None:
        """Record what stands there as the architecture, where it is one that OCI knows."""
        written = self.record.string(*keys)
        if written is None:
            return
        if written.lower() in ARCHITECTURES:
            self.facts["arch"] = ARCHITECTURES[written.lower()]
        else:
            hint = f"known are {', '.join(sorted(set(ARCHITECTURES)))}"
            self.record.fault(
                Wrong(Code.WRONG_TYPE, "this is no architecture that OCI has a name for", hint), *keys
            )

    def label(self, name: str, *keys: str) -> None:
        """Keep what stands there as a label: text, a number, true or false, or a list of texts."""
        value = self.record.get(*keys)
        if _is_label(value):
            self.labels[name] = value
        elif isinstance(value, str):
            message = f"this text has {len(value):,} characters, and {LONGEST:,} is the most that a label has"
            self.record.fault(Wrong(Code.TOO_LARGE, message), *keys)
        else:
            self.record.used.discard((*self.record.place, *keys))

    def gpu(self, **facts: object) -> None:
        """One more GPU."""
        if self.gpus is None:
            self.gpus = []
        self.gpus.append({name: value for name, value in facts.items() if value is not None})


def _is_label(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, str) and len(one) <= LONGEST for one in value)
    if isinstance(value, int | float):
        return -LIMIT <= value <= LIMIT
    return isinstance(value, str) and len(value) <= LONGEST


def in_bytes(amount: float) -> str:
    """An amount of bytes, whole ones, as an inventory writes it."""
    return f"{int(amount)}B"


def as_document(hosts: Iterable[Host], *, source: str, site: str) -> dict[str, object]:
    """The inventory of these hosts, sites and hosts by name; those that name no site stand at `site`."""
    sites: dict[str, list[Host]] = defaultdict(list)
    for host in hosts:
        sites[host.site or site].append(host)
    return {
        "format": FORMAT,
        "source": source,
        "sites": [
            {"name": name, "hosts": [_written(host) for host in sorted(there, key=lambda host: host.name)]}
            for name, there in sorted(sites.items())
        ],
    }


def _written(host: Host) -> dict[str, object]:
    written: dict[str, object] = {"name": host.name}
    if host.observed is not None:
        written["observed"] = host.observed
    for name, value in sorted(host.facts.items()):
        outer, _, inner = name.partition(".")
        if inner:
            group = written.setdefault(outer, {})
            if isinstance(group, dict):
                group[inner] = value
        else:
            written[name] = value
    if host.gpus is not None:
        written["gpus"] = host.gpus if host.all_gpus else {"value": host.gpus, "complete": False}
    if host.resources:
        written["resources"] = dict(sorted(host.resources.items()))
    if host.labels:
        written["labels"] = dict(sorted(host.labels.items()))
    return written
