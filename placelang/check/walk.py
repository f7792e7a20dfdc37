"""The names that an expression mentions, each with the noun whose facts are bare names there."""

from __future__ import annotations

from collections.abc import Iterator

from placelang import syntax
from placelang.facts import PLURALS

Mention = tuple[str | None, str]


def mentions(expression: syntax.Expression, noun: str | None) -> Iterator[Mention]:
    """`(noun in scope, name as written)` for every name, interpolated ones too, in the order of the text."""
    waiting: list[tuple[syntax.Expression | syntax.Filtered, str | None]] = [(expression, noun)]
    while waiting:
        node, scope = waiting.pop()
        if isinstance(node, syntax.Name):
            yield scope, node.text
        else:
            waiting.extend(reversed(_inside(node, scope)))


def _inside(
    node: syntax.Expression | syntax.Filtered, scope: str | None
) -> list[tuple[syntax.Expression | syntax.Filtered, str | None]]:
    match node:
        case syntax.String():
            return [(part, scope) for part in node.parts if isinstance(part, syntax.Name)]
        case syntax.Binary():
            return [(node.left, scope), (node.right, scope)]
        case syntax.Logic():
            return [(operand, scope) for operand in node.operands]
        case syntax.ListOf():
            return [(item, scope) for item in node.items]
        case syntax.Paren():
            return [(node.inner, scope)]
        case syntax.Not() | syntax.Negative():
            return [(node.operand, scope)]
        case syntax.Member():
            return [(node.of, scope)]
        case syntax.Filtered():
            return [(node.predicate, PLURALS.get(node.noun.text, scope))]
        case syntax.Call():
            return [(argument, _summed_over(node) or scope) for argument in node.arguments]
        case _:
            return []


def _summed_over(call: syntax.Call) -> str | None:
    """The noun whose facts `sum(FACT, NOUN where …)` adds up, None for other calls."""
    if call.function.text != "sum" or len(call.arguments) < 2:  # noqa: PLR2004 - a fact and what it is summed over
        return None
    last = call.arguments[-1]
    noun = last.noun if isinstance(last, syntax.Filtered) else last
    return PLURALS.get(noun.text) if isinstance(noun, syntax.Name) else None
