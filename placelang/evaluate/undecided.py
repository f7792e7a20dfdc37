"""Which facts would decide an expression that is unknown for something.

The expression is taken apart from the top: where it is unknown, so is at least one of its operands, and only those
are followed, down to the facts of which nothing is known. Each fact of a thing is named once, in the order in which
the expression names them, with what it would have to be where one comparison says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from placelang.columns import Mask, Rows
from placelang.evaluate.compute import compute, compute_truth
from placelang.evaluate.derived import derive
from placelang.evaluate.scope import Scope
from placelang.expressions import (
    And,
    Comparison,
    Constant,
    Default,
    Expr,
    Fact,
    Match,
    Membership,
    Not,
    Or,
    Quantified,
    operands,
)
from placelang.types import BOOL, STRING, Type, Value, show
from placelang.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fact would have to be: `operator` is that of a comparison; `is` for truths, `with` and `without` for
    lists."""

    operator: str
    value: Value
    type: Type

    def __str__(self) -> str:
        shown = show(self.value, self.type)
        return shown if self.operator == "is" else f"{self.operator} {shown}"


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact of `thing` that is not known. `asked` is what is asked of it, in each place that asks: None where that is
    not one comparison. `age_ms` is how long ago it was known, None if it never was."""

    noun: str
    thing: str
    fact: str
    asked: tuple[Asked | None, ...] = (None,)
    age_ms: int | None = None

    @property
    def condition(self) -> str | None:
        """What would settle it in favour of what was asked, such as `>= 4GiB`, if one comparison says so."""
        return str(self.asked[0]) if self.asked[1:] == () and self.asked[0] is not None else None

    @property
    def called(self) -> str:
        """The fact and what it is of: `gpu.memory of gbg-1/gpu0`."""
        name = self.fact if self.noun == "host" else f"{self.noun}.{self.fact}"
        return f"{name} of {self.thing}"

    def __str__(self) -> str:
        return self.called + (f": needed {self.condition}" if self.condition else "")


def undecided_facts(expr: Expr, world: World, noun: str, row: int) -> tuple[Missing, ...]:
    """The facts that would decide `expr` for one thing; none where it is known."""
    return undecided_facts_of(expr, world, noun, np.array([row], dtype=np.intp))[0]


def undecided_facts_of(expr: Expr, world: World, noun: str, rows: Rows) -> tuple[tuple[Missing, ...], ...]:
    """As `undecided_facts`, for each of `rows`."""
    derive(expr, world)
    found: list[dict[tuple[str, int, str], Missing]] = [{} for _ in rows]
    ages = {(stale.noun, stale.row, stale.fact): stale.age_ms for stale in world.stale}
    positions = np.arange(len(rows), dtype=np.intp)
    for leaf in _leaves(expr, _Part(Scope(world, noun, rows), positions, wanted=True)):
        for position, row in zip(leaf.positions.tolist(), leaf.rows.tolist(), strict=True):
            key = (leaf.noun, row, leaf.fact)
            missing = Missing(
                leaf.noun, world.table(leaf.noun).names[row], leaf.fact, (leaf.asked,), ages.get(key)
            )
            before = found[position].setdefault(key, missing)
            if leaf.asked not in before.asked:
                found[position][key] = replace(before, asked=(*before.asked, leaf.asked))
    return tuple(tuple(missing.values()) for missing in found)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The things for which something is looked for: where each belongs in the answer, and the truth that is wanted
    of it."""

    scope: Scope
    positions: Rows
    wanted: bool | None

    def only(self, which: Mask) -> _Part:
        rows = self.scope.rows
        if rows is None:
            raise TypeError(rows)
        scope = Scope(self.scope.world, self.scope.noun, rows[which])
        return _Part(scope, self.positions[which], self.wanted)


@dataclass(frozen=True, slots=True, eq=False)
class _Leaf:
    """`fact` is missing in each of `rows` of its table, for the things at `positions`."""

    noun: str
    fact: str
    rows: Rows
    positions: Rows
    asked: Asked | None


def _leaves(expr: Expr, part: _Part) -> Iterator[_Leaf]:
    part = part.only(~compute(expr, part.scope).known)
    if not len(part.positions):
        return
    match expr:
        case Fact():
            yield from _fact(expr, part)
        case Not():
            yield from _leaves(
                expr.operand, replace(part, wanted=None if part.wanted is None else not part.wanted)
            )
        case And() | Or():
            for operand in expr.operands:
                yield from _leaves(operand, part)
        case Comparison() | Membership() | Match():
            yield from _asked(expr, part)
        case Quantified():
            yield from _members(expr, part)
        case _:
            part = part if isinstance(expr, Default) else replace(part, wanted=None)
            for operand in operands(expr):
                yield from _leaves(operand, part)


def _fact(expr: Fact, part: _Part, asked: Asked | None = None) -> Iterator[_Leaf]:
    world = part.scope.world
    rows = part.scope.rows_of(expr.noun)
    if rows is None:
        raise TypeError(expr)
    if (expr.noun, expr.name) in world.derived:
        inside = _Part(Scope(world, expr.noun, rows), part.positions, part.wanted)
        yield from _leaves(world.derived[expr.noun, expr.name], inside)
    elif expr.noun == "host" and expr.name.startswith("device."):
        yield from _devices(_Part(Scope(world, "host", rows), part.positions, None))
    else:
        if asked is None and expr.type.name == "bool" and part.wanted is not None:
            asked = Asked("is", part.wanted, BOOL)
        name = expr.name
        if expr.of is not None:
            head, dot, rest = expr.name.partition(".")
            name = f'{head}("{expr.of}"){dot}{rest}'
        yield _Leaf(expr.noun, name, rows, part.positions, asked)


def _devices(part: _Part) -> Iterator[_Leaf]:
    """What is missing of a device count: the list, and the kind of what is on it."""
    inside, owners, complete = part.scope.members("device")
    yield from _incomplete("devices", part.only(~complete))
    kinds = part.scope.world.devices.facts["kind"]
    if inside.rows is not None:
        unknown = ~kinds.known[inside.rows]
        yield _Leaf("device", "kind", inside.rows[unknown], part.positions[owners[unknown]], None)


def _incomplete(members: str, part: _Part) -> Iterator[_Leaf]:
    if part.scope.rows is not None and len(part.positions):
        yield _Leaf(part.scope.noun, members, part.scope.rows, part.positions, None)


def _members(expr: Quantified, part: _Part) -> Iterator[_Leaf]:
    yield from _lists(expr.noun, part)
    inside, owners, _ = part.scope.members(expr.noun)
    if expr.function == "sum" and expr.summed is not None:
        counted = ~compute_truth(expr.predicate, inside).false
        yield from _leaves(expr.summed, _Part(inside, part.positions[owners], None).only(counted))
    wanted = part.wanted if expr.function in ("any", "all") else None
    yield from _leaves(expr.predicate, _Part(inside, part.positions[owners], wanted))


def _lists(noun: str, part: _Part) -> Iterator[_Leaf]:
    """The lists of members that are not known to be complete: those of the hosts too, where a site is asked about
    its GPUs."""
    world, rows = part.scope.world, part.scope.rows
    if rows is None:
        raise TypeError(noun)
    members = f"{noun}s"
    if part.scope.noun == "site":
        yield from _incomplete("hosts", part.only(~world.sites.complete["hosts"][rows]))
        if noun == "host":
            return
        inside, owners, _ = part.scope.members("host")
        part = _Part(inside, part.positions[owners], None)
        rows = inside.rows
    yield from _incomplete(members, part.only(~world.hosts.complete[members][rows]))


_SWAPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEGATED = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "in": "not in",
    "with": "without",
    "~": "not ~",
}


def _asked(expr: Comparison | Membership | Match, part: _Part) -> Iterator[_Leaf]:
    match expr:
        case Comparison():
            yield from _operand(expr.left, part, expr.operator, expr.right)
            yield from _operand(expr.right, part, _SWAPPED[expr.operator], expr.left)
        case Membership():
            yield from _operand(expr.item, part, "in", expr.collection)
            yield from _operand(expr.collection, part, "with", expr.item)
        case Match():
            yield from _operand(expr.operand, part, "~", Constant(STRING, expr.span, expr.pattern))


def _operand(operand: Expr, part: _Part, operator: str, other: Expr) -> Iterator[_Leaf]:
    """What is missing of `operand`: a fact, with what it would have to be beside what is known of `other`."""
    if part.wanted is None or not isinstance(operand, Fact):
        yield from _leaves(operand, replace(part, wanted=None))
        return
    part = part.only(~compute(operand, part.scope).known)
    operator = operator if part.wanted else _NEGATED[operator]
    column = compute(other, part.scope)
    values = [column.value(at) for at in range(len(part.positions))]
    asked = [None if value is None else Asked(operator, value, other.type) for value in values]
    for one in dict.fromkeys(asked):
        chosen = np.array([each == one for each in asked], dtype=np.bool_)
        yield from _fact(operand, replace(part.only(chosen), wanted=None), one)
