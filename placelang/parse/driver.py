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
from placelang.syntax import Name

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

    At a token that fits nowhere, `recover` is called; it may change the stack and the tokens, and returns the index of
    the token to go on with.
    """
    kinds, starts, ends = tokens.kinds, tokens.starts, tokens.ends
    path, text = faults.source.path, faults.source.text
    actions, gotos, reducers = table.actions, table.gotos, _reducers(table)
    words = frozenset(table.words.values()) - RESERVED
    keeps = table.kept
    makers = literals(faults)
    stack = Stack(table.start)
    states, values, begins, stops = stack.states, stack.values, stack.starts, stack.ends
    new = tuple.__new__
    index = 0
    kinds.append("$END")
    starts.append(len(text))
    ends.append(len(text))
    while True:
        kind = kinds[index]
        row = actions[states[-1]]
        action = row.get(kind)
        if action is None and kind in words:
            action = row.get("NAME")
        if action is None:
            if kind == "$END":
                return stack.values[0]
            index = recover(stack, tokens, index)
        elif action > 0:
            start, end = starts[index], ends[index]
            states.append(action - 1)
            if kind in makers:
                values.append(makers[kind](start, end))
            elif kind in words or kind in keeps:
                values.append(Name(new(Span, (path, start, end)), text[start:end]))
            else:
                values.append(None)
            begins.append(start)
            stops.append(end)
            index += 1
        else:
            count, origin, reduce = reducers[-1 - action]
            if count:
                if reduce:
                    span = new(Span, (path, begins[-count], stops[-1]))
                    value = reduce(values[-count:], span)
                    if count > 1:
                        del states[1 - count :], values[-count:], begins[1 - count :]
                        stops[-count:] = stops[-1:]
                        values.append(value)
                    else:
                        values[-1] = value
                states.pop()
                states.append(gotos[states[-1]][origin])
            else:
                end = stops[-1] if stops else 0
                values.append(reduce([], new(Span, (path, end, end))))
                begins.append(end)
                stops.append(end)
                states.append(gotos[states[-1]][origin])


@cache
def _reducers_of(rules: tuple[Rule, ...]) -> tuple[tuple[int, str, Reducer | None], ...]:
    return tuple((rule.length, rule.origin, _reducer(rule)) for rule in rules)


def _reducers(table: Table) -> tuple[tuple[int, str, Reducer | None], ...]:
    return _reducers_of(table.rules)


def _reducer(rule: Rule) -> Reducer | None:
    """What makes the rule's value from the values of its symbols, None if that is the one it has."""
    if rule.unit and rule.length == 1:
        return None
    kept, spliced = rule.kept, frozenset(rule.spliced)
    if rule.unit:
        only = kept[0]
        return lambda values, _span: values[only]
    if rule.origin.startswith("_"):
        return _grow(kept[1:]) if rule.spliced == (0,) and kept[0] == 0 else _gather(kept, spliced)
    build = BUILDERS[rule.name]
    if spliced:
        gather = _gather(kept, spliced)
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
    def gather(values: list[Any], _span: Span) -> list[Any]:
        items: list[Any] = []
        for i in kept:
            if i in spliced:
                items.extend(values[i])
            else:
                items.append(None if i < 0 else values[i])
        return items

    return gather
