"""What a host would refuse of a part, all at once, before anything is done: for a dry run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from placelang_runtime.containers import (
    ReplicaSpec,
    models_at_hand,
    replicas_on,
    run_of,
    takeovers_on,
    visits_on,
)
from placelang_runtime.part import SitePart
from placelang_runtime.provision.errors import ProvisionError
from placelang_runtime.provision.models import check_fetchable
from placelang_runtime.provision.provider import HostProvider
from placelang_runtime.trust.host_key import FILE
from placelang_runtime.trust.keys import BadKeyError, read_private


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a host would refuse, and why."""

    host: str
    of: str
    why: str


def refusals(provider: HostProvider, host: str, source: str | None) -> Iterator[Refusal]:
    """What only the host itself can know of what would run there, now or after a loss: secrets, paths, addresses,
    models, of which the files come from `source`, and its own key. Each is told once."""
    found = dict.fromkeys(_refused(provider, host, source))
    return (Refusal(host, of, why) for of, why in found)


def _refused(provider: HostProvider, host: str, source: str | None) -> Iterator[tuple[str, str]]:
    part, state = provider.part, provider.config.state
    yield from _key(part, host, provider)
    specs = tuple(_specs(part, host))
    for spec in specs:
        for container in spec.containers:
            for why in (*provider.refused(container), *provider.unreached(container)):
                yield spec.name, why
    passed_on = len([one for one in part.members if not one.arbiter]) > 1
    models = dict.fromkeys((*models_at_hand(part, host), *(model for one in specs for model in one.models)))
    for model in models:
        if model.digest is None or not passed_on:  # else a neighbour may send it
            try:
                check_fetchable(state, model, source)
            except ProvisionError as error:
                yield model.title, str(error)
            except OSError as error:
                yield model.title, f"{error.filename}: {error.strerror}"


def _specs(part: SitePart, host: str) -> Iterator[ReplicaSpec]:
    yield from (*replicas_on(part, host), *visits_on(part, host), *takeovers_on(part, host))
    yield from (run_of(part, job, run) for job in part.jobs for run in job.runs if run.host == host)


def _key(part: SitePart, host: str, provider: HostProvider) -> Iterator[tuple[str, str]]:
    """Whether the plan knows this host by the key that it has; one without a key is given one at its first start."""
    me = next((one for one in part.members if one.name == host), None)
    if me is None or host != provider.config.host:
        return
    with suppress(FileNotFoundError):
        try:
            own = str(read_private(provider.config.state / FILE).public)
        except BadKeyError as error:
            yield "its key", str(error)
            return
        if own != me.key:
            yield (
                "its key",
                f"the plan knows {host} by another key: enrol it with what `placelang key host` says",
            )
