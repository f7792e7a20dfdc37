"""What agents of hosts report, into a store: who may speak for a host is whoever has the key that it was enrolled with.

Enters: the text of a report. Leaves: a `Reply`, or RefusedError for what is forged, damaged, or of a host that nobody
enrolled. What a host says is about itself alone. Its clock counts for nothing: what it observed is as old as it was
when it was sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from placelang.inventory.probed import UNASSIGNED, inventory_of
from placelang.store import Store, Trust
from placelang_runtime.host_facts import HostFacts
from placelang_runtime.report import Reply, Report, open_report
from placelang_runtime.trust.envelope import file_name
from placelang_runtime.trust.keys import parse_public
from placelang_runtime.trust.refused import Reason, RefusedError
from placelang_runtime.trust.sealed import MOST_BYTES, named_keys, unchecked


@dataclass(slots=True)
class Parts:
    """Signed parts in a folder, as `placelang sign` writes them, read again when they have changed."""

    folder: Path
    _known: dict[str, tuple[tuple[int, int], int, bytes]] = field(default_factory=dict)

    def newer(self, site: str, holds: int | None) -> bytes | None:
        """The part of a site, if its sequence is higher than the one that holds. Raises OSError."""
        path = self.folder / file_name(site)
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        stamp = found.st_mtime_ns, found.st_size
        if site not in self._known or self._known[site][0] != stamp:
            text = path.read_bytes() if found.st_size <= MOST_BYTES else b""
            self._known[site] = stamp, _sequence(text), text
        _, sequence, text = self._known[site]
        return text if sequence > (holds or 0) else None


def _sequence(envelope: bytes) -> int:
    """That of a part, which its readers check; 0 for what is none."""
    try:
        return int(json.loads(unchecked(envelope))["sequence"])
    except (RefusedError, ValueError, KeyError, TypeError):
        return 0


def hear(store: Store, text: bytes, *, now: int, parts: Parts | None = None) -> Reply:
    """Take a report. Raises RefusedError, StoreError or OSError."""
    speaker = store.speaker(named_keys(text))
    if speaker is None:
        message = "nobody enrolled a host with this key: `placelang inventory enroll HOST KEY`"
        raise RefusedError(Reason.UNKNOWN_KEY, message)
    report, _ = open_report(text, [parse_public(speaker.key)])
    facts = report.facts
    if report.host != speaker.host or (facts is not None and facts.host != speaker.host):
        raise RefusedError(Reason.OTHER_HOST, f"the key of {speaker.host} speaks for {report.host}")
    if report.sequence <= speaker.sequence:
        return Reply(heard=False, sequence=speaker.sequence)
    site = report.site or store.seen("host").get(report.host, (None, None))[0]
    if facts is not None:
        _take(store, facts, report, site or UNASSIGNED, now)
    last = store.hear(report, now=now)
    if last is not None:
        return Reply(heard=False, sequence=last)
    part = None if parts is None or site is None else parts.newer(site, report.holds)
    releases = () if site is None else store.words_for(site, report)
    return Reply(heard=True, sequence=report.sequence, part=part, releases=tuple(releases))


def _take(store: Store, facts: HostFacts, report: Report, site: str, now: int) -> None:
    """What was found out of the host, as old as it was when it was sent."""
    age = report.sent - _milliseconds(facts.observed, report.sent)
    observed = datetime.fromtimestamp((now - max(0, age)) / 1000, UTC).isoformat(timespec="milliseconds")
    stamped = facts.model_copy(update={"observed": observed.removesuffix("+00:00") + "Z", "site": site})
    inventory, faults = inventory_of(stamped, report.host)
    if inventory is None:
        raise RefusedError(Reason.OTHER_KIND, f"facts that cannot be: {faults[0].message}")
    store.add(inventory, trust=Trust.PROBE, now=now)


def _milliseconds(observed: str, sent: int) -> int:
    """The moment, or for what is none the one at which it was sent."""
    try:
        return round(datetime.fromisoformat(observed).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return sent
