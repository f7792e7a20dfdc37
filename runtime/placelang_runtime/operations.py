"""What a site carries beside its replicas: models, what it watches and does about it, and when it may change."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from placelang_runtime.base import Count, Digest, Document, Name, Text, absent
from placelang_runtime.conditions import Condition

Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class ModelFile(Document):
    """A file beside a model's with weights of it; `path` is relative to the folder of that."""

    path: Text
    digest: Digest
    bytes: Count


Beside = Annotated[tuple[ModelFile, ...], Field(max_length=64, exclude_if=absent)]
FileDigest = Annotated[Digest | None, Field(exclude_if=absent)]
Size = Annotated[Count | None, Field(exclude_if=absent)]


class BaselineFile(Document):
    """What a model met where it was made: a file below the folder that was planned from, drawn of the file of the
    model, or of a variant of it, that has the digest `model`."""

    path: Text
    digest: Digest
    bytes: Count
    model: Digest


Drawn = Annotated[BaselineFile | None, Field(exclude_if=absent)]


class Phase(Document):
    """For how long, at least, a new version is tried on a `share` of requests, in percent, and what it has to keep to:
    `errors` at most and `agreement` at least are percentages, `latency_ms` is what 95 of 100 requests take at most."""

    share: Annotated[float, Field(gt=0, le=100)]
    lasts_ms: Count
    errors: Annotated[float, Field(ge=0, le=100)]
    latency_ms: Annotated[float | None, Field(gt=0, exclude_if=absent)] = None
    agreement: Annotated[float | None, Field(ge=0, le=100, exclude_if=absent)] = None


OnePhase = Annotated[Phase | None, Field(exclude_if=absent)]


class Variant(Document):
    """A form of a model, with its file."""

    name: Name
    file: Text
    digest: FileDigest = None
    bytes: Size = None
    beside: Beside = ()


class Model(Document):
    """A model that services of the site serve. `file` and `baseline` are paths below the folder that was planned from;
    `providers` stand best first; `retain` old versions stay on a host. Where there are several variants, `variant` and
    `file` are the best, and `worse` are the others, best first. `digest` and `bytes` are of the file, with those
    `beside` it, None where it was not there when the plan was made: then nobody can serve it. `drawn` is what the
    baseline was found to be then. A new version is a `shadow` of the one before first, then its `canary`."""

    name: Name
    version: Text | None
    file: Text
    variant: Name | None
    providers: Annotated[tuple[Name, ...], Field(max_length=64)]
    baseline: Text | None
    retain: Count
    digest: FileDigest = None
    bytes: Size = None
    beside: Beside = ()
    drawn: Drawn = None
    shadow: OnePhase = None
    canary: OnePhase = None
    worse: Annotated[tuple[Variant, ...], Field(max_length=64, exclude_if=absent)] = ()


class Rule(Document):
    """Once `when` has been true for `lasting_ms`: tell people, go back to the version before, or run `job`. `text` is
    the condition as it was written."""

    action: Literal["alert", "roll-back", "run"]
    job: Name | None
    text: Text
    when: Condition
    lasting_ms: Count


class Monitor(Document):
    """The rules of an app about one of its models or services."""

    app: Name
    kind: Literal["model", "service"]
    target: Name
    rules: Annotated[tuple[Rule, ...], Field(max_length=1024)]


class SiteRollout(Document):
    """How a new version of an app reaches this site: with `wave`, the `number`th from 1; never by itself where it is
    None. What was changed counts as done once it has been healthy for `proceed_ms`; the next wave waits until this one
    has been healthy for `healthy_ms`, and a person has `approved` it. A site `waits` for its turn in the first wave,
    too, where that has more sites than may change at once."""

    app: Name
    wave: Name | None
    number: Count
    healthy_ms: Count | None
    approved: bool
    hosts_at_once: Count | None
    proceed_ms: Count | None
    rolls_back: bool
    waits: Annotated[bool, Field(exclude_if=absent)] = False


class Wave(Document):
    """The sites that change together, by name."""

    name: Name
    healthy_ms: Count | None
    approved: bool
    sites: tuple[Name, ...]


class Rollout(Document):
    """The waves of an app in their order, so many sites at once, without limit for None. `never` are sites that no wave
    takes."""

    app: Name
    sites_at_once: Count | None
    waves: Annotated[tuple[Wave, ...], Field(max_length=1024)]
    never: tuple[Name, ...]


Rule5545 = Annotated[
    str,
    Field(
        max_length=256,
        pattern=r"^FREQ=WEEKLY;BYDAY=(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU)){0,6};"
        r"BYHOUR=([01]?[0-9]|2[0-3]);BYMINUTE=[0-5]?[0-9]$",
    ),
]
"""When hours open by a clock, as RFC 5545 writes it."""


class Hours(Document):
    """They open by `rule` and last `minutes` by the same clock, that of `zone`; where the zone is None, nobody knows
    when they open."""

    rule: Rule5545
    zone: Name | None
    minutes: Annotated[int, Field(ge=1, le=1440)]


class Closed(Document):
    """From one day to another, both included, by the calendar of the site."""

    first: Day
    last: Day


class ChangeWindow(Document):
    """Rollouts and moves wait for it; repairs after a loss never do. It opens by `rule`, of RFC 5545, in the time zone
    `zone`, and lasts `minutes`; `closed` are days on which it does not open. Where the zone is None, nobody knows when
    it opens. It binds some `hosts` or `services` only, unless they are None."""

    policy: Name
    rule: Rule5545
    zone: Name | None
    minutes: Annotated[int, Field(ge=1, le=1440)]
    closed: Closed | None
    hosts: tuple[Name, ...] | None
    services: tuple[Name, ...] | None


class TransferLimit(Document):
    """The uplink of the site carries no more for rollouts and moves."""

    policy: Name
    bytes_per_day: Count
