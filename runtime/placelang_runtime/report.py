"""What an agent says of its host to those who plan, signed by the host, and what they answer.

Each report has a higher number than the one before, so none is taken twice. An answer is believed for nothing but what
the host was heard to have said; a part that comes with it is signed by keys of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from placelang_runtime.base import Count, Digest, Document, Name, absent
from placelang_runtime.host_facts import HostFacts
from placelang_runtime.trust.keys import PrivateKey, PublicKey
from placelang_runtime.trust.refused import Reason, RefusedError
from placelang_runtime.trust.sealed import open_sealed, seal
from placelang_runtime.watch.seen import SeenModel

KIND: Final = "application/vnd.placelang.report.v1+json"
MOST_BYTES: Final = 4 << 20
"""A larger report is not read."""
MOST_HAPPENINGS: Final = 500
"""So many in one report; the others come with the next."""

MOST_MODELS: Final = 256
MOST_SKETCHES: Final = 1 << 20
"""Bytes, of one model and of all in one report; those beyond come with another."""
MOST_ROLLOUTS: Final = 1_024

Said = Annotated[str, StringConstraints(max_length=4_096)]


class Happened(Document):
    """Something that happened on the host; `number` grows."""

    number: Count
    at: Count
    kind: Said
    of: Said
    text: Said


class Used(Document):
    """What a container used up and holds: seconds of a core, and bytes."""

    service: Said
    replica: Said
    container: Said
    cpu_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    memory: Count


class ReportedModel(SeenModel):
    """A model as a replica serves it; `sketches` is what its server met within an hour, as it said it, which whoever
    adds it up has to check. They come more rarely than the rest."""

    sketches: Annotated[str, StringConstraints(max_length=MOST_SKETCHES)] | None = None


Stage = Literal["waits", "changes", "through", "failed", "back"]


class Rolled(Document):
    """How far an app with a rollout is on the host, under the part that holds: something of it `waits` or `changes`,
    all of it is `through`, it `failed`, or went `back` as somebody said; and `why`. `well_ms` is for how long it has
    been as it shall be since it was through, and `release` the number of the last signed word about it, 0 for none."""

    app: Name
    stage: Stage
    why: Said
    well_ms: Count
    release: Count


class Report(Document):
    """`sequence` grows from report to report. `facts` are None where they are those of the last one that was heard.
    `part` is the digest of the part that holds, `holds` its sequence, and `plan` the digest of its plan."""

    format: Literal["placelang/report/1"] = "placelang/report/1"
    host: Name
    site: Name | None
    sequence: Count
    sent: Count
    part: Said | None
    holds: Count | None
    settled: bool
    facts: HostFacts | None
    happened: Annotated[tuple[Happened, ...], Field(max_length=MOST_HAPPENINGS)]
    used: Annotated[tuple[Used, ...], Field(max_length=4_096)]
    models: Annotated[tuple[ReportedModel, ...], Field(max_length=MOST_MODELS, exclude_if=absent)] = ()
    plan: Digest | None = None
    rollouts: Annotated[tuple[Rolled, ...], Field(max_length=MOST_ROLLOUTS)] = ()


class Reply(Document):
    """What was heard: the report of this `sequence`, or, where that was refused as old, the last one. `part` is a
    signed part that is newer than the one that holds, `releases` are signed words about its rollouts."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    format: Literal["placelang/reply/1"] = "placelang/reply/1"
    heard: bool
    sequence: Count
    part: bytes | None = None
    releases: Annotated[tuple[bytes, ...], Field(max_length=MOST_ROLLOUTS)] = ()


def seal_report(report: Report, key: PrivateKey) -> bytes:
    """The report as it is sent."""
    text = json.dumps(report.model_dump(mode="json"), separators=(",", ":"), ensure_ascii=True)
    return seal(text.encode("ascii"), KIND, (key,))


def open_report(text: bytes, trusted: Sequence[PublicKey]) -> tuple[Report, str]:
    """A report that one of the keys signed, and the id of that key. Raises RefusedError."""
    opened = open_sealed(text, KIND, trusted)
    try:
        return Report.model_validate_json(opened.payload), opened.signers[0]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise RefusedError(Reason.OTHER_KIND, f"no report: {where}: {first['msg'].lower()}") from error


def digest_of(facts: HostFacts) -> str:
    """What tells whether facts are others than before, whenever they were observed."""
    text = facts.model_copy(update={"observed": ""}).model_dump_json()
    return hashlib.sha256(text.encode()).hexdigest()
