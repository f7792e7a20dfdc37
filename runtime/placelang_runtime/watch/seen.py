"""What an agent sees of services and models on its host: for people there, and for whom it reports to."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from placelang_runtime.base import Count, Document, Name, Text

MOST: Final = 4096
FORMAT: Final = "placelang/monitor/1"
_Number = Annotated[float, Field(allow_inf_nan=False)]
Figures = Annotated[
    dict[Name, _Number | Annotated[dict[Name, _Number], Field(max_length=16)]], Field(max_length=32)
]


class SeenModel(Document):
    """A model as a replica of a service serves it, by what its server measured; None where it does not say."""

    service: Name
    replica: Name
    model: Name
    version: Text
    numbers: Figures | None


class SeenService(Document):
    """A service with a monitor, or that serves models: the metrics of its replicas on this host, as far as known."""

    service: Name
    numbers: Figures


class SeenRule(Document):
    """A rule, whether it has acted and is not over, for how long it has been true before that, and its metrics."""

    target: Name
    text: Text
    raised: bool
    lasted_ms: Count
    values: Text


class SeenHost(Document):
    """All of it on one host."""

    host: Name
    models: Annotated[tuple[SeenModel, ...], Field(max_length=MOST)] = ()
    services: Annotated[tuple[SeenService, ...], Field(max_length=MOST)] = ()
    rules: Annotated[tuple[SeenRule, ...], Field(max_length=MOST)] = ()


class Seen(Document):
    """What an agent answers. It `reports` to that address, if to any; `trouble` is why nobody hears it, and `unheard`
    is how many happenings wait to be told."""

    format: Literal["placelang/monitor/1"] = FORMAT
    site: Text
    reports: Text | None
    trouble: Text
    unheard: Count
    hosts: Annotated[tuple[SeenHost, ...], Field(max_length=64)]
