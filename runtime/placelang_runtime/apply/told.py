"""What came of carrying out, as a document: what commands print, and what an agent answers them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Literal

from pydantic import Field

from placelang_runtime.apply.carry_out import Result
from placelang_runtime.base import Document
from placelang_runtime.rollout.gates import Gate, GateKind


class ToldFailure(Document):
    """A task that failed, what it was about, and the last that its container wrote. `after` is the one that failed
    before it, which is why it could not even begin."""

    task: str
    of: str
    host: str
    group: str
    why: str
    after: str | None
    log: str


class ToldHold(Document):
    """A group that went back to what ran before, or for None nowhere, as it never ran well."""

    group: str
    host: str
    to: Literal["before"] | None
    why: str


class ToldWait(Document):
    """What is waited for; for None, at other sites."""

    host: str | None
    of: str = Field(alias="for")


class ToldGate(Document):
    """What does not change yet on a host, of which `kind`, why, and until when, None where that takes more than
    time."""

    app: str
    host: str
    replica: str
    kind: GateKind
    why: str
    until: str | None


class ToldRefusal(Document):
    """What a host would refuse, as a dry run finds."""

    host: str
    of: str
    why: str


class Told(Document):
    """What came of it for the hosts of a site that were carried out."""

    format: Literal["placelang/apply/1"] = "placelang/apply/1"
    site: str
    outcome: Literal["done", "partial", "failed", "interrupted"]
    deeds: int
    failures: tuple[ToldFailure, ...]
    held: tuple[ToldHold, ...]
    waiting: tuple[ToldWait, ...]
    unreachable: dict[str, str]
    gates: tuple[ToldGate, ...] = ()
    refused: tuple[ToldRefusal, ...] = ()


def told_of(result: Result, site: str) -> Told:
    """The result as a document."""
    return Told(
        site=site,
        outcome=result.outcome,
        deeds=result.deeds,
        failures=tuple(
            ToldFailure(
                task=failure.task.kind,
                of=failure.task.of,
                host=failure.task.host,
                group=failure.task.group,
                why=failure.why,
                after=failure.by.of if failure.by is not None else None,
                log=failure.tail.decode("utf-8", "replace"),
            )
            for failure in result.failures
        ),
        held=tuple(
            ToldHold(
                group=hold.group,
                host=hold.host,
                to="before" if hold.good is not None else None,
                why=hold.why,
            )
            for hold in result.held
        ),
        waiting=tuple(
            ToldWait.model_validate({"host": task.host or None, "for": task.of}) for task in result.waiting
        ),
        unreachable=dict(sorted(result.unreachable.items())),
        gates=told_gates(result.gates),
    )


def told_gates(gates: Iterable[Gate]) -> tuple[ToldGate, ...]:
    """What waits, as a document."""
    return tuple(
        ToldGate(
            app=gate.app,
            host=gate.host,
            replica=gate.replica,
            kind=gate.kind,
            why=gate.why,
            until=None if gate.until is None else f"{gate.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        )
        for gate in gates
    )
