"""Sessions of hosts and claims on what must be one, in the quorum store.

A host's session is a record that it writes again each `BEAT`. It lasts `LEASE` from when the last write that was made
was sent, on the clock of the host that sent it. Another host that has seen the record unchanged for `PATIENCE`, which
is longer, on its own clock, takes it away - if it still is unchanged - and notes that the host is lost. A record that
was taken away never comes back: a later one has another `created`. A claim names the session that it belongs to, counts
for as long as that stands, and is taken over only after. No clock is ever compared with another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol

from placelang_runtime.site.deadline import LEASE
from placelang_runtime.site.store import Change, Expected, Record, Seen

BEAT: Final = 1.0
PATIENCE: Final = 8.5
"""Seconds: `LEASE`, and so much more that it is later though this clock ran 5 % faster than the other."""
SILENCE: Final = 4.0
"""Seconds without an answer after which patience begins anew: then it may be the store that was away."""
HOSTS: Final = "host/"
LOST: Final = "lost/"
CLAIMS: Final = "single/"


class Commits(Protocol):
    def commit(self, expected: Sequence[Expected] = (), changes: Sequence[Change] = ()) -> Seen: ...


@dataclass(frozen=True, slots=True)
class Word:
    """What a host says of itself: the part that it has, whether all that it shall run is well, which steps of the part
    it has done, which replicas `proved` there that their rollout went well, and the apps that it `stopped`."""

    part: str = ""
    ready: bool = False
    steps: tuple[int, ...] = ()
    proved: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """The site as a majority knows it: which hosts are `lost`, what those with a session say, and which replicas this
    host may run, until when."""

    lost: frozenset[str]
    words: Mapping[str, Word]
    granted: frozenset[str]
    until: float


@dataclass(slots=True)
class Session:
    """The session of the host `me` among `hosts`. `instance` is of this process alone; `strange` counts records that
    nobody of the site could have meant."""

    store: Commits
    me: str
    hosts: frozenset[str]
    clock: Callable[[], float]
    instance: str
    created: int = 0
    until: float = 0.0
    strange: int = 0
    records: Mapping[str, Record] = field(default_factory=dict)
    looked: float = 0.0
    since: dict[str, tuple[int, float]] = field(default_factory=dict)

    def beat(self, word: Word, *, idle: Callable[[], bool]) -> bool:
        """Renew the session, or begin one where nothing of an earlier one runs any more, as `idle` says. Whether there
        is one. Raises StoreError."""
        if not self.created and not idle():
            self._look(self.store.commit())
            return False
        name = HOSTS + self.me
        sent = self.clock()
        seen = self.store.commit([Expected(name, created=self.created)], [Change(name, self._said(word))])
        self._look(seen)
        if seen.made:
            self.created, self.until = self.records[name].created, sent + LEASE
        elif self.created:
            self.created, self.until = 0, 0.0
        elif self._is_mine(self.records.get(name)):  # the answer to the first one did not arrive
            self.created = self.records[name].created
        return seen.made

    @property
    def is_taken(self) -> bool:
        """Whether somebody else has the session of this host, or an earlier self of which nothing was kept."""
        record = self.records.get(HOSTS + self.me)
        return record is not None and not self.created and not self._is_mine(record)

    def adopt(self) -> None:
        """Go on with the session of an earlier self, in a store that nobody else writes to."""
        if self.is_taken:
            self.created = self.records[HOSTS + self.me].created

    def expire(self) -> frozenset[str]:
        """Take away the sessions that nobody renewed, and note their hosts as lost. Raises StoreError."""
        gone = set()
        for name, (changed, since) in list(self.since.items()):
            if self.clock() - since >= PATIENCE:
                changes = [Change(HOSTS + name, None), Change(LOST + name, b"{}")]
                seen = self.store.commit([Expected(HOSTS + name, changed=changed)], changes)
                self._look(seen)
                if seen.made:
                    gone.add(name)
        return frozenset(gone)

    def claim(self, replica: str) -> bool:
        """Have what must be one, if nobody has it whose session stands. Raises StoreError."""
        if not self.created:
            return False
        name = CLAIMS + replica
        old = self.records.get(name)
        if old is not None and self._stands(old):
            return self._claimed(old) == (self.me, self.created)
        seen = self.store.commit(
            [
                Expected(HOSTS + self.me, created=self.created),
                Expected(name, changed=old.changed if old is not None else 0),
            ],
            [Change(name, json.dumps({"host": self.me, "session": self.created}).encode())],
        )
        self._look(seen)
        return seen.made

    def release(self, replica: str) -> None:
        """Let others have what does not run here any more. Raises StoreError."""
        old = self.records.get(CLAIMS + replica)
        if old is not None and self._claimed(old) == (self.me, self.created):
            gone = Change(CLAIMS + replica, None)
            self._look(self.store.commit([Expected(CLAIMS + replica, changed=old.changed)], [gone]))

    def recover(self) -> None:
        """No longer be lost. Raises StoreError."""
        if self.created and LOST + self.me in self.records:
            mine = Expected(HOSTS + self.me, created=self.created)
            self._look(self.store.commit([mine], [Change(LOST + self.me, None)]))

    def view(self) -> View:
        """The site as the last answer had it."""
        granted = set()
        if self.created and self.clock() < self.until:
            for name, record in self.records.items():
                if name.startswith(CLAIMS) and self._claimed(record) == (self.me, self.created):
                    granted.add(name.removeprefix(CLAIMS))
        lost = {name.removeprefix(LOST) for name in self.records if name.startswith(LOST)} & self.hosts
        words = {
            host: read_word(self.records[HOSTS + host])
            for host in sorted(self.hosts)
            if HOSTS + host in self.records
        }
        return View(frozenset(lost), words, frozenset(granted), self.until)

    def _look(self, seen: Seen) -> None:
        """Take note of records, and of since when each session was not renewed."""
        self.records, at = seen.records, self.clock()
        before, self.since = ({} if at - self.looked > SILENCE else self.since), {}
        self.looked = at
        for name, record in self.records.items():
            kind, _, host = name.partition("/")
            if kind + "/" == HOSTS and host in self.hosts:
                known = before.get(host)
                same = known is not None and known[0] == record.changed
                self.since[host] = known if same and known is not None else (record.changed, at)
            elif kind + "/" not in {LOST, CLAIMS}:
                self.strange += 1

    def _stands(self, claim: Record) -> bool:
        host, session = self._claimed(claim)
        record = self.records.get(HOSTS + host)
        return record is not None and record.created == session

    @staticmethod
    def _claimed(claim: Record) -> tuple[str, int]:
        document = _read(claim)
        host, session = document.get("host"), document.get("session")
        return (host, session) if isinstance(host, str) and isinstance(session, int) else ("", 0)

    def _said(self, word: Word) -> bytes:
        return json.dumps({"instance": self.instance, **asdict(word)}).encode()

    def _is_mine(self, record: Record | None) -> bool:
        return record is not None and _read(record).get("instance") == self.instance


def read_word(record: Record) -> Word:
    """What a host said of itself, as far as it makes sense."""
    document = _read(record)
    part, ready, steps = document.get("part"), document.get("ready"), document.get("steps")
    return Word(
        part if isinstance(part, str) else "",
        ready is True,
        tuple(step for step in steps if isinstance(step, int)) if isinstance(steps, list) else (),
        _names(document.get("proved")),
        _names(document.get("stopped")),
    )


def _names(said: object) -> tuple[str, ...]:
    return tuple(name for name in said if isinstance(name, str)) if isinstance(said, list) else ()


def _read(record: Record) -> dict[str, Any]:
    try:
        document = json.loads(record.value)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
