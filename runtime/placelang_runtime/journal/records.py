"""What stands in a journal. Times are milliseconds since 1970, for people to read: nothing is decided by them, since a
clock may jump; what came later has the larger `id`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StepState = Literal["begun", "done", "failed"]
Outcome = Literal["done", "partial", "failed", "interrupted"]
Word = Literal["begin", "pause", "abort"]
Cause = Literal["plan", "failure", "person", "rule"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A site's part of a plan, the `document` that holds from then on. `digest` is of what was accepted; `sequence` and
    `issued` are None where it was not signed. `envelope` is what it came in, byte for byte, so that it can be handed on
    and believed by others; None where nobody signed it."""

    id: int
    at: int
    site: str
    digest: str
    sequence: int | None
    issued: str | None
    document: bytes
    envelope: bytes | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One command that changed something. What has not `ended` was cut off, and the next one takes it up."""

    id: int
    accepted: int | None
    command: str
    began: int
    ended: int | None
    outcome: Outcome | None
    message: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done to an engine: noted before it begins, and again once it `ended`. `error` is None where it went
    well."""

    id: int
    run: int
    host: str
    kind: str
    of: str
    began: int
    ended: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Good:
    """What ran well of a group on a host: `replicas` is the JSON text of its specs."""

    id: int
    host: str
    group: str
    at: int
    accepted: int | None
    replicas: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A replica of an app that changes, or has `proved` that it is well. By the clock of the `boot`, in ms, it has been
    well `since` then, and was `looked` at last; `marks` tell its containers from later ones of theirs. All four are
    None before it was well for the first time."""

    app: str
    proved: bool
    boot: str | None = None
    since: int | None = None
    looked: int | None = None
    marks: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A group that shall not run as the accepted plan says, but as it did at `good`, or not at all for None. What a
    person or a rule decided stays until the next plan; what failed may be tried again."""

    host: str
    group: str
    good: int | None
    why: str
    by: Literal["failure", "person", "rule"] = "failure"


@dataclass(frozen=True, slots=True)
class Serving:
    """A replica serves this version of a model from now on, or none any more where it is None, because of a plan or of
    what was decided against it: `why` says more."""

    at: int
    host: str
    replica: str
    model: str
    version: str | None
    variant: str | None
    digest: str | None
    cause: Cause
    why: str

    @property
    def place(self) -> tuple[int, str, str]:
        return self.at, self.host, self.replica

    @property
    def form(self) -> tuple[str, str | None, str | None, str | None]:
        """What is served, whenever and wherever that is."""
        return self.model, self.version, self.variant, self.digest


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that those who are responsible want to know, also later: about `of`, a service, a group or a host."""

    id: int
    at: int
    kind: str
    of: str
    text: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a run of a job, by a container with that `spec`: of a `round` or, where the job runs once for each
    version, of that `version`. `began` and `ended` are by the clock that such runs go by; `error` is None where it went
    well. The `spec` is empty where it came to no container."""

    id: int
    host: str
    job: str
    round: str
    version: str
    spec: str
    began: int
    ended: int | None
    error: str | None
