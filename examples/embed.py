"""Two ways to plan from Python: the short one, from files, and stage by stage, from texts that are at hand."""

from __future__ import annotations

from pathlib import Path

from placelang import (
    InputError,
    Inputs,
    Plan,
    arrange,
    build_world,
    check,
    load,
    load_inventory,
    lower,
    plan_file,
    render,
    solve,
    to_json,
    verify,
)
from placelang.inventory import inventory_digest, inventory_labels

EXAMPLES = Path(__file__).parent


def short_way() -> Plan:
    """From files to a plan, in one call."""
    return plan_file(EXAMPLES / "retail/retail.place", EXAMPLES / "retail/inventory.yaml", seed=7)


def stage_by_stage() -> Plan:
    """The same stages one by one: each returns a value that can be looked at, kept, or made otherwise."""
    modules, faults = load([EXAMPLES / "tiny/tiny.place"])
    inventory, more = load_inventory(EXAMPLES / "tiny/inventory.yaml")
    if inventory is None:
        raise InputError([*faults, *more], modules.sources)
    program, more = check(modules, {}, inventory_labels(inventory))
    if program is None:
        raise InputError([*faults, *more], modules.sources)

    world, _ = build_world(inventory, program)
    lowered = lower(program, world)
    solution = solve(lowered.problem, seed=7, budget=10)
    plan = arrange(lowered, solution, Inputs(inventory_digest(inventory), frozenset(), seed=7, budget=10))

    findings = verify(plan, program, inventory)
    if findings:
        raise AssertionError(findings)
    return plan


def what_is_wrong() -> str:
    """Faults of the input come as one exception with every diagnostic, ready to be shown."""
    try:
        plan_file(EXAMPLES / "tiny/tiny.place", EXAMPLES / "tiny/nowhere.yaml")
    except InputError as error:
        return render(error.diagnostics, error.sources, color=False)
    return "nothing"


def main() -> None:
    """Show what each way gives."""
    retail = short_way()
    for part in retail.parts[:2]:
        for group in part.groups:
            for service in group.services:
                for replica in service.replicas:
                    print(f"{replica.name} runs on {replica.host}")
    for entry in retail.header.left_out:
        print(f"left out: {', '.join(entry.groups)}: {'; '.join(reason.text for reason in entry.reasons)}")
    print(f"the plan of one host has {len(to_json(stage_by_stage()))} characters")
    print(what_is_wrong())


if __name__ == "__main__":
    main()
