"""The LALR automaton: tokens in, the file's statements out.

Why not Lark's own: this one makes nodes without a tree or token objects between, takes a word for a keyword or for a
name as the state demands without a lexer for each state, and lets recovery work on its stack.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from placelang.diagnostics import Span
from placelang.parse.literals import literals
from placelang.parse.nodes import BUILDERS

if TYPE_CHECKING:
    from placelang.parse.faults import Faults
    from placelang.parse.tokens import Tokens
    from placelang.syntax import Statement
    from placelang_grammar import Rule, Table

RESERVED = frozenset(("AND", "OR", "NOT", "IN", "WHERE", "TRUE", "FALSE"))
Reducer = Callable[[list[Any], Span], Any]
Recover = Callable[["Stack", "Tokens", int], int]


class Stack:
    """What was read of the clauses that are still open: states, values of their symbols, and where these stand."""

    __slots__ = ("ends", "starts", "states", "values")

    def __init__(self, start: int) -> None:
        self.states = [start]
        self.values: list[Any] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def cut(self, height: int) -> None:
        """Forget all above the first `height` symbols."""
        del self.states[height + 1 :], self.values[height:], self.starts[height:], self.ends[height:]


def drive(tokens: Tokens, table: Table, faults: Faults, recover: Recover) -> tuple[Statement, ...]:
    """The statements that the tokens say.

    At a token that fits nowhere `recover` is called; it may change the stack and the tokens, and returns the index of
    the token to go on with.
    """
    kinds, starts, ends = tokens.kinds, tokens.starts, tokens.ends
    kinds.append("$END")
    actions, gotos, reducers = table.actions, table.gotos, reducers_of(table.rules)
    words = frozenset(table.words.values()) - RESERVED
    values_of = literals(table, faults)
    stack = Stack(table.start)
    states, values, begins, stops = stack.states, stack.values, stack.starts, stack.ends
    path, new = faults.source.path, tuple.__new__
    index = 0
    while states[-1] != table.end:
        kind = kinds[index]
        row = actions[states[-1]]
        action = row.get(kind)
        if action is None and kind in words:
            kind = "NAME"
            action = row.get(kind)
        if action is None:
            index = recover(stack, tokens, index)
        elif action > 0:
            start, end = starts[index], ends[index]
            value_of = values_of.get(kind)
            states.append(action - 1)
            values.append(value_of(start, end) if value_of else None)
            begins.append(start)
            stops.append(end)
            index += 1
        else:
            count, origin, reduce = reducers[-1 - action]
            if reduce is None:
                states.pop()
            else:
                cut = len(values) - count
                end = stops[-1] if stops else 0
                start = begins[cut] if count else end
                value = reduce(values[cut:], new(Span, (path, start, end)))
                del states[cut + 1 :], values[cut:], begins[cut:], stops[cut:]
                values.append(value)
                begins.append(start)
                stops.append(end)
            states.append(gotos[states[-1]][origin])
    statements: tuple[Statement, ...] = values[0]
    return statements


@cache
def reducers_of(rules: tuple[Rule, ...]) -> tuple[tuple[int, str, Reducer | None], ...]:
    """For each rule: how many symbols it takes, what it makes of them, and how (None: the value of its one symbol)."""
    return tuple((rule.length, rule.origin, _reducer(rule)) for rule in rules)


def _reducer(rule: Rule) -> Reducer | None:
    """What makes the rule's value from the values of its symbols, None if that is the one it has."""
    kept = rule.kept
    if rule.unit:
        return None if rule.length == 1 else lambda values, _span: values[kept[0]]
    if rule.origin.startswith("_"):
        grows = rule.spliced == (0,) and kept[0] == 0
        return _grow(kept[1:]) if grows else _gather(kept, frozenset(rule.spliced))
    build = BUILDERS[rule.name]
    if rule.spliced:
        gather = _gather(kept, frozenset(rule.spliced))
        return lambda values, span: build(span, *gather(values, span))
    if -1 in kept:
        return lambda values, span: build(span, *[None if i < 0 else values[i] for i in kept])
    return lambda values, span: build(span, *[values[i] for i in kept])


def _grow(added: tuple[int, ...]) -> Reducer:
    """A list and what follows it: the same list, longer, so that long lists take linear time."""

    def grow(values: list[Any], _span: Span) -> list[Any]:
        items: list[Any] = values[0]
        items.extend([values[i] for i in added])
        return items

    return grow


def _gather(kept: tuple[int, ...], spliced: frozenset[int]) -> Reducer:
    """The values of some symbols, those of lists one by one."""

    def gather(values: list[Any], _span: Span) -> list[Any]:
        items: list[Any] = []
        for i in kept:
            if i in spliced:
                items.extend(values[i])
            else:
                items.append(None if i < 0 else values[i])
        return items

    return gather
