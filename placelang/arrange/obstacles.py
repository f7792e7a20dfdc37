"""Why a step is not as one would wish, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from placelang.arrange.moving import GPU, Moving
from placelang.cite import cite
from placelang.lower import Lowered
from placelang.lower.needs import PORT
from placelang.lower.stock import STOCK
from placelang_scheduler.rules import candidates, capacity, devices
from placelang_scheduler.steps import Bar, Step


def early_text(lowered: Lowered, moving: Sequence[Moving], step: Step) -> str:
    """What a replica stops for before it starts anew."""
    mine = moving[step.move]
    if mine.lost:
        return (
            "its host does not answer, and it must not run twice: it starts once this is known to be stopped"
        )
    if step.early is None or step.early.bar.rule == "alone":
        unit = mine.move.workload
        single = unit is not None and lowered.units[unit].service.single is not None
        return "it must not run twice" if single else "its volume is kept: one copy at a time"
    what = bar_text(lowered, step.early.bar)
    if step.early.move == step.move:
        return f"there is no room for two copies: {what}"
    return f"it makes room for {moving[step.early.move].name}: {what}"


def breach_text(lowered: Lowered, bar: Bar) -> str:
    """What does not hold until all is done."""
    return f"no order of the steps keeps {bar_text(lowered, bar)}: it holds again once all is done"


def bar_text(lowered: Lowered, bar: Bar) -> str:
    """What is in the way."""
    if bar.constraint is not None and STOCK in bar.constraint:
        return f"disk of {lowered.world.hosts.names[bar.host or 0]}, for images and models"
    if bar.constraint is not None:
        clause = cite(lowered.sources, lowered.clause(bar.constraint))
        return f"`{clause.text}` ({clause.at})"
    on = f" of {lowered.world.hosts.names[bar.host]}" if bar.host is not None else ""
    of = bar.resource or ""
    if bar.rule == capacity.KEYWORD and of.startswith(PORT):
        return f"host port {of.removeprefix(PORT)}{on}"
    if bar.rule in {"holds", capacity.KEYWORD, devices.KEYWORD}:
        return f"{of.removeprefix('device.').removeprefix(f'{GPU} ')}{on}"
    if bar.rule == candidates.KEYWORD:
        return f"too little is known of {lowered.world.hosts.names[bar.host or 0]} for another copy"
    return (
        "others of its service have to run again first" if bar.rule == "serving" else "something waits for it"
    )
