"""Labels that are asked for, and that nothing in the inventory has."""

from __future__ import annotations

from collections.abc import Iterator

from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.lint.subject import Subject, warning


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every declared label without a default that something looks up."""
    world = subject.world
    if world is None:
        return
    stale = {(one.noun, one.fact) for one in world.stale}
    for label in subject.program.labels:
        table = world.table(label.noun)
        asked = (None, label.noun, label.name) in subject.names.used
        if label.default is not None or not asked or not len(table) or (label.noun, label.name) in stale:
            continue
        if not table.facts[label.name].known.any():
            other = f", nor `{label.external}`" if label.external else ""
            message = f"no {label.noun} of the inventory has the label `{label.name}`{other}"
            note = f"it is unknown of each {label.noun}, so that no condition on it is ever true"
            hint = "give it a default after `=`, or a value in the inventory"
            yield warning(Code.UNSET_LABEL, label.span, message, notes=(note,), hint=hint)
