"""`optimize`: what to strive for, most important first."""

from __future__ import annotations

from placelang import syntax
from placelang.check.faults import Faults, quoted
from placelang.check.needs import Supplies
from placelang.codes import Code
from placelang.facts import AMOUNTS
from placelang.program import Objective

OBJECTIVES = ("placed", "preferences", "moves", "balance", "pack", "cost", "power", "latency")

DEFAULT = (
    Objective("placed", None, None, None),
    Objective("preferences", None, None, None),
    Objective("moves", None, None, None),
    Objective("balance", "memory", AMOUNTS["memory"], None),
)
"""What holds where no file says `optimize`."""


def check_objectives(
    statements: list[syntax.Optimize], supplies: Supplies, faults: Faults
) -> tuple[Objective, ...]:
    """The levels of the first `optimize`, each once."""
    if not statements:
        return DEFAULT
    found: dict[tuple[str, str | None], Objective] = {}
    for node in statements[0].objectives:
        objective = _objective(node, supplies, faults)
        if objective is None:
            continue
        before = found.setdefault((objective.name, objective.resource), objective)
        if before is not objective and before.span is not None:
            faults.error(
                Code.DUPLICATE,
                node.span,
                f"{quoted(node.name.text)} stands twice in one `optimize`",
                labels=[(before.span, "first here")],
                hint="keep the more important one, which is the first",
            )
    first = next(iter(found.values()), None)
    if first and first.span and first.name != "placed":
        faults.warn(
            Code.PLACED_NOT_FIRST,
            first.span,
            f"{quoted(first.name)} is best served by a fleet on which nothing runs",
            hint="begin with `placed`",
        )
    return tuple(found.values())


def _objective(node: syntax.Objective, supplies: Supplies, faults: Faults) -> Objective | None:
    name, resource = node.name.text, node.resource
    if name not in OBJECTIVES:
        faults.unknown(
            node.name.span,
            f"there is no objective {quoted(name)}",
            name,
            OBJECTIVES,
            hint="objectives are " + ", ".join(f"`{one}`" for one in OBJECTIVES),
        )
        return None
    if name != "balance":
        if resource is not None:
            message = f"{quoted(name)} takes no resource"
            faults.error(Code.WRONG_TYPE, resource.span, message, hint=f"write `{name}`")
        return Objective(name, None, None, node.span)
    if resource is None:
        faults.error(
            Code.MISSING_VALUE,
            node.span,
            "`balance` needs a resource that it evens out",
            hint="write `balance memory`",
        )
        return None
    if resource.text not in AMOUNTS and resource.text not in supplies:
        message = f"there is no resource {quoted(resource.text)}"
        hint = f"declare it: `resource {resource.text}: number`"
        faults.unknown(resource.span, message, resource.text, (*AMOUNTS, *supplies), hint=hint)
        return None
    return Objective(name, resource.text, AMOUNTS.get(resource.text), node.span)
