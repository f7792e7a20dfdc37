"""The organ that reports to those who plan: facts, what happened and what is used, and takes a newer part from them.

Nothing waits for the network: what is sent is sent by a thread, one report at a time, and what could not be sent is
part of the next one that can. Happenings queue in the journal, which keeps the last ten thousand. Answers bring signed
words about rollouts, too.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import SimpleQueue
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from placelang_runtime.agent.facts import Prober
from placelang_runtime.agent.inbox import Inbox, Letter
from placelang_runtime.agent.releases import Releases
from placelang_runtime.agent.reported import used_by, with_sketches
from placelang_runtime.agent.rollouts import Rollouts
from placelang_runtime.agent.view import View
from placelang_runtime.apply.requests import Request
from placelang_runtime.base import LARGEST
from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.drivers import Driver
from placelang_runtime.host_facts import HostFacts
from placelang_runtime.journal import Journal
from placelang_runtime.report import (
    MOST_HAPPENINGS,
    MOST_ROLLOUTS,
    Happened,
    Reply,
    Report,
    Rolled,
    seal_report,
)
from placelang_runtime.trust.keys import PrivateKey
from placelang_runtime.watch.organ import Watching
from placelang_runtime.watch.seen import SeenModel

SECONDS: Final = 20.0
PAUSES: Final = (5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
SKETCHES_EVERY: Final = 600.0
"""Seconds after which sketches are sent again, which are some kilobytes for each feature of a model."""
GATHER: Final = 1.0
"""Seconds for which happenings are gathered before they are sent."""
MOST_REPLY: Final = 300 << 20
_SEQUENCE: Final = "report.sequence"
_TOLD: Final = "report.told"


def post(url: str, body: bytes) -> Reply:
    """What is answered to a report. Raises OSError, HTTPException or ValidationError."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
        if parts.scheme == "https"
        else HTTPConnection(host, port, timeout=SECONDS)
    )
    try:
        path = parts.path.rstrip("/") + "/reports"
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read(MOST_REPLY)
        if response.status not in {HTTPStatus.OK, HTTPStatus.CONFLICT}:
            raise HTTPException(f"{response.status} {text[:500].decode('utf-8', 'replace').strip()}")
        return Reply.model_validate_json(text)
    finally:
        connection.close()


@dataclass(slots=True)
class Upstream:
    """`send` is how a report gets there, `watching` is what knows how models do. `_due` is when to report at the
    latest, `_free` when it may be at the earliest."""

    host: str
    key: PrivateKey
    journal: Journal
    prober: Prober
    view: View
    inbox: Inbox
    driver: Driver
    every: float
    wall: Callable[[], datetime]
    send: Callable[[bytes], Reply]
    rollouts: Rollouts
    releases: Releases
    watching: Watching | None = None
    _replies: SimpleQueue[Reply | None] = field(default_factory=SimpleQueue)
    _sent: Report | None = None
    _digest: str = ""
    _heard: str = ""
    _due: float = 0.0
    _free: float = 0.0
    _tries: int = 0
    _sketches: float = 0.0
    _sketched: bool = False
    _last: int = 0

    def due(self, now: float) -> float | None:
        if self._sent is not None:
            return None if self._replies.empty() else now
        if self._news():
            return max(now, self._free)
        return max(self._due, self._free)

    def tick(self, now: float) -> bool:
        if self._sent is not None:
            self._hear(now)
        elif self.prober.found is not None:
            self._report(self.prober.found, now)
        else:
            self._free = now + GATHER
        if self.view.device_rules is not None:
            self.prober.look_for(self.view.device_rules)
        return False

    def _news(self) -> bool:
        found = self.prober.found
        if found is not None and self.prober.digest != self._heard:
            return True
        self.view.told = int(self.journal.kept(_TOLD) or 0)
        return self.view.happened > self.view.told

    def _report(self, facts: HostFacts, at: float) -> None:
        told = int(self.journal.kept(_TOLD) or 0)
        happened = self.journal.happenings(after=told, most=MOST_HAPPENINGS)
        now = round(self.wall().timestamp() * 1000)
        sequence = min(LARGEST, max(int(self.journal.kept(_SEQUENCE) or 0) + 1, now))
        self.journal.keep(_SEQUENCE, str(sequence))
        self._digest, part = self.prober.digest, self.releases.under()
        self._sent = Report(
            host=self.host,
            site=self.view.site or facts.site,
            sequence=sequence,
            sent=now,
            part=self.view.digest or None,
            holds=self.view.sequence,
            settled=self.view.settled,
            facts=facts,
            happened=tuple(
                Happened(number=one.id, at=one.at, kind=one.kind, of=one.of[:4096], text=one.text)
                for one in happened
            ),
            used=(),
            plan=None if part is None else part.plan,
            rollouts=tuple(
                Rolled(
                    app=one.app,
                    stage=one.stage,
                    why=one.why[:4096],
                    well_ms=round(self.rollouts.well_for(one.app, at) * 1000),
                    release=one.release,
                )
                for one in self.rollouts.progress[:MOST_ROLLOUTS]
            ),
        )
        seen = None if self.watching is None else self.watching.seen
        models = () if seen is None else seen.models
        specs = () if self.watching is None or at < self._sketches else self.watching.serving
        self._sketched = bool(specs)
        Thread(target=self._carry, args=(self._sent, models, specs), name="report", daemon=True).start()

    def _carry(self, report: Report, models: tuple[SeenModel, ...], specs: tuple[ReplicaSpec, ...]) -> None:
        """In a thread of its own: what waits for the engine and the network."""
        try:
            found = {"used": used_by(self.driver), "models": with_sketches(models, specs, self.driver)}
            reply = self.send(seal_report(report.model_copy(update=found), self.key))
        except (OSError, HTTPException, ValidationError) as error:
            self.view.upstream = f"{type(error).__name__}: {error}"[:500]
            self._replies.put(None)
        else:
            self._replies.put(reply)
        self.inbox.nudge()

    def _hear(self, now: float) -> None:
        reply, sent = self._replies.get(), self._sent
        self._sent = None
        if sent is None or reply is None or not (reply.heard and reply.sequence == sent.sequence):
            if reply is not None and not reply.heard and reply.sequence < LARGEST:
                self.journal.keep(_SEQUENCE, str(reply.sequence))
            self._free = now + PAUSES[min(self._tries, len(PAUSES) - 1)]
            self._tries += 1
            return
        self.view.upstream = ""
        self._tries, self._due, self._free = 0, now + self.every, now + GATHER
        self._heard = self._digest
        if self._sketched:
            self._sketches = now + SKETCHES_EVERY
        if sent.happened:
            self.journal.keep(_TOLD, str(sent.happened[-1].number))
        for release in reply.releases:
            self.releases.take(release)
        if reply.part is not None:
            self.inbox.put(Letter(Request(command="apply", plan=reply.part), remote=True))
