"""The steps of a plan, carried out on paper: whether every rule and constraint holds after each of them.

Two orders are tried of those that the plan allows: the one in which steps stand, and the one that starts as early and
stops as late as can be, where room is shortest.
"""

from __future__ import annotations

from collections.abc import Iterator

from placelang.arrange.moving import Moving, find_moves, standing_in
from placelang.arrange.naming import Placed
from placelang.arrange.steps import counts_of, put_in_order
from placelang.cite import cite
from placelang.lower import Lowered
from placelang_runtime.canonical import part_digest
from placelang_runtime.part import SitePart
from placelang_runtime.plan import PartDigest, Plan
from placelang_scheduler import Violation
from placelang_scheduler.steps import Act, Order, Step, replay


def without_steps(plan: Plan) -> Plan:
    """A plan without what its steps say: they tell of what ran in more detail than the rest of a plan knows."""
    parts = tuple(part.model_copy(update={"steps": None, "visits": ()}) for part in plan.parts)
    digests = tuple(PartDigest(site=part.site, digest=part_digest(part)) for part in parts)
    header = plan.header.model_copy(update={"parts": digests, "schedule": None})
    return plan.model_copy(update={"header": header, "parts": parts})


def unsafe_steps(lowered: Lowered, placed: tuple[Placed, ...], parts: tuple[SitePart, ...]) -> Iterator[str]:
    """What the steps break on the way from what `lowered` says that runs."""
    before = standing_in(lowered.current.parts) if lowered.current is not None else {}
    moving = find_moves(lowered, placed, before, standing_in(parts))
    order = put_in_order(lowered, placed, moving)
    moves = [m.move for m in moving]
    counts = counts_of(lowered, placed)
    for steps in (order.steps, _crowded(order)):
        for number, violation in replay(lowered.problem, counts, moves, steps):
            yield _sentence(lowered, moving, steps[number], violation)
            return


def _crowded(order: Order) -> tuple[Step, ...]:
    """Starts as early and stops as late as the edges allow."""
    if not order.edges:
        return tuple(sorted(order.steps, key=lambda step: step.act is Act.STOP))
    import networkx as nx  # noqa: PLC0415 - only what has an order needs it

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(order.steps)))
    graph.add_edges_from(order.edges)
    ordered = nx.lexicographical_topological_sort(graph, key=lambda n: (order.steps[n].act is Act.STOP, n))
    return tuple(order.steps[number] for number in ordered)


def _sentence(lowered: Lowered, moving: tuple[Moving, ...], step: Step, violation: Violation) -> str:
    host = lowered.world.hosts.names[step.host]
    what = f"`{violation.rule}`"
    if violation.constraint is not None:
        clause = cite(lowered.sources, lowered.clause(violation.constraint))
        what = f"{clause.at}: {clause.text}:"
    return f"{what} does not hold once {moving[step.move].name} is to {step.act} on {host}"
