"""What is `single` where no majority of hosts outlives the loss of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.lint.subject import Subject, warning

TWO = 2
MOST = 3
"""Sites that are named."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every `single` clause, where sites have two hosts and no arbiter."""
    world = subject.world
    if world is None:
        return
    counted = Counter(map(int, world.hosts.parents))
    known = [world.sites.facts[fact].known for fact in ("arbiter.key", "arbiter.address")]
    alone = [
        name
        for row, name in enumerate(world.sites.names)
        if counted[row] == TWO and not all(column[row] for column in known)
    ]
    if not alone:
        return
    where = ", ".join(alone[:MOST]) + (", …" if alone[MOST:] else "")
    for app in subject.program.apps:
        for service in app.services:
            if service.single is not None:
                yield warning(
                    Code.NO_ARBITER,
                    service.single,
                    f"a lost host's copy waits for a person at {where}: two hosts, and no arbiter",
                    hint="give the site a third voter on any machine: `arbiter: {key: …, address: …}`",
                )
