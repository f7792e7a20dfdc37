"""The forms of a service: one for each choice among the variants of the models that it serves, best first."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from placelang.containers import Address, EnvEntry, Secret
from placelang.expressions import with_variant
from placelang.program import Need, Service, Sidecar


def forms_of(service: Service) -> tuple[Service, ...]:
    """The service as it is where each of its choices is made."""
    if len(service.choices) == 1:
        return (service,)
    return tuple(_chosen(service, number) for number in range(len(service.choices)))


def every_need(service: Service) -> tuple[Need, ...]:
    """What any of its forms needs, each once."""
    return tuple(dict.fromkeys(need for form in forms_of(service) for need in form.needs))


def _chosen(service: Service, number: int) -> Service:
    choice = service.choices[number]
    named = replace(service, needs=choice.needs, chosen=number)
    if len(choice.variants) > 1:
        return named  # of several models none is meant by `variant`
    ((_, variant),) = choice.variants
    found = _named(named, variant)
    return replace(found, sidecars=tuple(_named(sidecar, variant) for sidecar in service.sidecars))


Container = TypeVar("Container", Service, Sidecar)


def _named(container: Container, variant: str) -> Container:
    """The container where `variant` is known."""
    image = container.image and with_variant(container.image, variant)
    return replace(container, image=image, env=tuple(_entry(entry, variant) for entry in container.env))


def _entry(entry: EnvEntry, variant: str) -> EnvEntry:
    value = entry.value
    if isinstance(value, Secret | Address):
        return entry
    return replace(entry, value=with_variant(value, variant))
