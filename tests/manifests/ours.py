"""What our own file says: which hosts of an imported inventory suit each of its services and jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from placelang.check import check
from placelang.diagnostics import Diagnostic, Source, has_errors
from placelang.format import format_source
from placelang.importers import import_hosts
from placelang.inventory import read_inventory
from placelang.load import Module, Modules
from placelang.lower import lower
from placelang.lower.steps import service_steps
from placelang.manifests import Translated, import_rules
from placelang.parse import parse
from placelang.program import Program
from placelang.world import World, build_world


def translated(kind: str, texts: Mapping[str, str]) -> Translated:
    return import_rules(kind, [Source(path, text) for path, text in texts.items()])


def checked(found: Translated) -> tuple[Program, tuple[Diagnostic, ...]]:
    """The program; the file has no errors and is in canonical form."""
    source = Source("imported.place", found.text)
    tree, faults = parse(source)
    assert not has_errors(faults), found.text
    program, faults = check(Modules((Module(source, tree, is_root=True, is_policy=False),)))
    assert program is not None, (found.text, faults)
    assert not has_errors(faults), (found.text, faults)
    assert format_source(source)[0] == found.text
    return program, faults


def world_of(program: Program, kind: str, documents: Sequence[object]) -> World:
    hosts = import_hosts(kind, [Source("hosts.json", json.dumps(documents))], site="here")
    assert hosts.bad == hosts.partial == 0, hosts.diagnostics[:3]
    inventory, faults = read_inventory(Source("inventory.json", json.dumps(hosts.document)))
    assert inventory is not None, faults
    world, faults = build_world(inventory, program)
    assert not has_errors(faults), faults[:3]
    return world


def suiting(program: Program, world: World) -> dict[str, set[str]]:
    """The hosts on which each step of a service or job is true, by its name without the app's."""
    lowered = lower(program, world)
    found = {}
    for app in program.apps:
        for service in [*app.services, *(job.body for job in app.jobs)]:
            steps = service_steps(service, (), world, lowered.columns).steps
            suits = np.logical_and.reduce([step.truth.true for step in steps])
            found[service.name.partition(".")[2]] = {world.hosts.names[row] for row in np.flatnonzero(suits)}
    return found
