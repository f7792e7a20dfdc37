"""The images that a program asks for, on whichever hosts there are."""

from __future__ import annotations

from collections.abc import Iterator

from placelang.diagnostics import Span
from placelang.expressions import Constant
from placelang.forms import forms_of
from placelang.inventory import Inventory
from placelang.lower.needs import containers_of
from placelang.program import Program, Service, Sidecar
from placelang.types import spell


def images_of(program: Program, inventory: Inventory | None) -> tuple[tuple[str, ...], tuple[Span, ...]]:
    """The images by name, and where images depend on hosts that nobody told: with an inventory, they are worked out on
    each of its hosts, and none is left."""
    found: set[str] = set()
    open_: list[Span] = []
    varied = []
    for container in _containers(program):
        image = container.image
        if isinstance(image, Constant):
            found.add(spell(image.value, image.type))
        elif image is not None and inventory is None:
            open_.append(image.span)
        elif image is not None:
            varied.append(container)
    if varied and inventory is not None:
        found |= _on_hosts(varied, program, inventory)
    return tuple(sorted(found)), tuple(open_)


def _containers(program: Program) -> Iterator[Service | Sidecar]:
    for app in program.apps:
        for service in (*app.services, *(job.body for job in app.jobs)):
            for form in forms_of(service):
                yield from containers_of(form)


def _on_hosts(containers: list[Service | Sidecar], program: Program, inventory: Inventory) -> set[str]:
    from placelang.lower.values import values_of  # noqa: PLC0415 - constant images need no columns
    from placelang.world import build_world  # noqa: PLC0415

    world, _ = build_world(inventory, program, None)
    values = [values_of(container, world, {}) for container in containers]
    hosts = range(len(world.hosts.names))
    return {image for one in values for host in hosts if (image := one.image_on(host, None)) is not None}
