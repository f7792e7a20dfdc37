"""Services and jobs start in some order: `after` must not lead back to where it began."""

from __future__ import annotations

from placelang.check.faults import Faults, quoted
from placelang.codes import Code
from placelang.graph import chain, sort
from placelang.program import App


def check_order(apps: tuple[App, ...], faults: Faults) -> None:
    """Reports each cycle of `after`."""
    arrows = {service.name: dict(service.after) for app in apps for service in app.services}
    arrows |= {job.name: dict(job.after) for app in apps for job in app.jobs}
    _, cycles, _ = sort({name: list(after) for name, after in arrows.items()})
    for cycle in cycles:
        first, *others = [
            arrows[here][there] for here, there in zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        ]
        faults.error(
            Code.CYCLE,
            first,
            f"{quoted(cycle[0])} waits for itself",
            labels=[(span, "by way of this clause") for span in others[:7]],
            notes=(chain(cycle),),
            hint="remove one of these clauses",
        )
