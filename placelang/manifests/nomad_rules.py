"""Constraints, affinities and spreads of a group: its own, those of its job and of its tasks."""

from __future__ import annotations

from collections.abc import Sequence

from placelang.importers.amounts import whole
from placelang.importers.record import Record
from placelang.manifests.draft import Block, Draft
from placelang.manifests.nomad_constraints import key_of, predicate
from placelang.manifests.predicates import FALSE, TRUE, not_, preferred, scaled

_USUAL_WEIGHT = 50


def say(block: Block, draft: Draft, levels: Sequence[Record], others: Sequence[Block]) -> None:
    """The rules of a job, a group and its tasks, in this order; `others` are groups of the job that came before."""
    for depth, level in enumerate(levels):
        for constraint in level.records("Constraints"):
            _constraint(block, draft, constraint, others if depth == 0 else ())
        for affinity in level.records("Affinities"):
            _affinity(block, draft, affinity)
        for spread in level.records("Spreads"):
            _spread(block, draft, spread)


def _constraint(block: Block, draft: Draft, constraint: Record, others: Sequence[Block]) -> None:
    left, right = _text(constraint.get("LTarget")), _text(constraint.get("RTarget"))
    operator = _text(constraint.get("Operand")) or "="
    if operator in ("distinct_hosts", "distinct_property"):
        _distinct(block, draft, constraint, others)
        return
    found = predicate(draft.labels, left, operator, right)
    if found is None:
        block.lose(
            "constraint", constraint, f"this constraint has no counterpart: {left} {operator} {right}"[:200]
        )
    elif found != TRUE:
        block.say("constraint", f"hosts where {found.text}")


def _distinct(block: Block, draft: Draft, constraint: Record, others: Sequence[Block]) -> None:
    """So many of a value at most; together with the other groups, where the job says so."""
    operator, right = _text(constraint.get("Operand")), _text(constraint.get("RTarget"))
    if operator == "distinct_hosts":
        key, most = "host", 1
        if right.lower() == "false":
            return
    else:
        named = key_of(draft.labels, _text(constraint.get("LTarget")))
        number = whole(right or "1")
        if named is None or not isinstance(number, int) or number < 1 or (others and number > 1):
            block.lose("constraint", constraint, "these values have no counterpart")
            return
        key, most = named, number
    if block.kind == "job":
        block.lose("constraint", constraint, "runs of a job have no rules for what stands beside them")
        return
    block.say(
        "constraint", f"at most {most} per {key}", *(f"different {key} than {other.name}" for other in others)
    )


def _affinity(block: Block, draft: Draft, affinity: Record) -> None:
    left, right = _text(affinity.get("LTarget")), _text(affinity.get("RTarget"))
    operator = _text(affinity.get("Operand")) or "="
    weight = _weight(affinity)
    found = predicate(draft.labels, left, operator, right)
    wanted = not_(found) if found is not None and weight < 0 else found
    if wanted in (None, TRUE, FALSE) or not weight:
        block.note("affinity", f"affinity: {left} {operator} {right}")
    elif wanted is not None:
        block.say("affinity", preferred(f"hosts where {wanted.text}", scaled(abs(weight))))


def _spread(block: Block, draft: Draft, spread: Record) -> None:
    key = key_of(draft.labels, _text(spread.get("Attribute")))
    weight = _weight(spread)
    targets = [_text(target.get("Value")) for target in spread.records("SpreadTarget")]
    spread.get("SpreadTarget")
    if key is None or targets or block.kind == "job":
        shares = f", with shares for {', '.join(targets)}" if targets else ""
        block.note("spread", f"spread over {_text(spread.get('Attribute'))}{shares}")
    elif weight:
        block.say("spread", preferred(f"spread over {key}", scaled(abs(weight))))


def _weight(rule: Record) -> int:
    written = rule.get("Weight")
    return written if isinstance(written, int) and not isinstance(written, bool) else _USUAL_WEIGHT


def _text(written: object) -> str:
    return "" if written is None else str(written).lower() if isinstance(written, bool) else str(written)
