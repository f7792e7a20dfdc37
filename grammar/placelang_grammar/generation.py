"""From the grammar's text to its table, with Lark's LALR generator.

Leaves a table whose states are numbered by their distance from the start, so that one grammar always gives the same
bytes. A grammar with a conflict raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lark import Lark
from lark.grammar import Rule as Production
from lark.lexer import Lexer, PatternStr, TerminalDef

from placelang_grammar.table import Rule, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lark.grammar import Symbol
    from lark.lexer import LexerConf, Token

_SHIFT = 0


class _NoLexer(Lexer):
    """Keeps Lark from building lexers: ours is made from the table."""

    def __init__(self, lexer_conf: LexerConf) -> None:
        pass

    def lex(self, _lexer_state: object, _parser_state: object) -> Iterator[Token]:
        return iter(())


def generate(grammar: str) -> Table:
    """The table of `grammar`, whose start rule is `start`."""
    lark = Lark(grammar, parser="lalr", lexer=_NoLexer, maybe_placeholders=True, strict=True)
    data, memo = lark.memo_serialize([TerminalDef, Production])
    automaton = data["parser"]["parser"]
    tokens: dict[int, str] = automaton["tokens"]
    states: dict[int, dict[str, tuple[int, object]]] = {
        state: {tokens[t]: entry for t, entry in row.items()} for state, row in automaton["states"].items()
    }
    productions: list[Production] = sorted(lark.rules, key=_key)
    rule_number = {_key(p): i for i, p in enumerate(productions)}
    of_memo = {
        i: rule_number[_key(Production.deserialize(m, {}))] for i, m in memo.items() if m["__type__"] == "Rule"
    }
    origins = {p.origin.name for p in productions}
    order = _order(automaton["start_states"]["start"], states)
    number = {state: i for i, state in enumerate(order)}
    actions: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    for state in order:
        row = states[state]
        gotos.append({s: number[e[1]] for s, e in row.items() if s in origins})
        actions.append(
            {
                s: number[e[1]] + 1 if e[0] == _SHIFT else -(of_memo[e[1]["@"]] + 1)
                for s, e in row.items()
                if s not in origins
            }
        )
    rules = tuple(map(_rule, productions))
    terminals = {t.name: t.pattern for t in lark.terminals}
    texts = {p.value: name for name, p in terminals.items() if isinstance(p, PatternStr)}
    return Table(
        actions=tuple(actions),
        gotos=tuple(gotos),
        rules=rules,
        start=0,
        end=number[automaton["end_states"]["start"]],
        patterns={n: p.value for n, p in sorted(terminals.items()) if not isinstance(p, PatternStr)},
        words={text: name for text, name in sorted(texts.items()) if text[0].isalpha()},
        signs={text: name for text, name in sorted(texts.items()) if not text[0].isalpha()},
        kept=frozenset(s.name for p in productions for s in p.expansion if s.is_term and not s.filter_out),
        blocks=_blocks(productions),
    )


def _key(production: Production) -> tuple[str, tuple[str, ...]]:
    return production.origin.name, tuple(s.name for s in production.expansion)


def _order(start: int, states: dict[int, dict[str, tuple[int, object]]]) -> list[int]:
    """The states, nearest to the start first."""
    order = [start]
    seen = {start}
    for state in order:
        row = states[state]
        for symbol in sorted(row):
            kind, target = row[symbol]
            if kind == _SHIFT and target not in seen:
                seen.add(target)
                order.append(target)
    return order


def _rule(production: Production) -> Rule:
    """What Lark's own tree builder would do with the production, as data."""
    options = production.options
    holes = list(options.empty_indices) or [False] * len(production.expansion)
    kept: list[int] = []
    spliced: list[int] = []
    position = 0
    for hole in holes:
        if hole:
            kept.append(-1)
            continue
        symbol = production.expansion[position]
        if not symbol.is_term or not symbol.filter_out:
            if not symbol.is_term and symbol.name.startswith("_"):
                spliced.append(position)
            kept.append(position)
        position += 1
    unit = bool(options.expand1 and not production.alias)
    if unit and len(kept) != 1:
        raise ValueError(f"{production} passes on {len(kept)} values, not one")
    name = production.alias or production.origin.name
    return Rule(production.origin.name, name, len(production.expansion), tuple(kept), tuple(spliced), unit)


def _blocks(productions: list[Production]) -> dict[str, tuple[str, ...]]:
    """For each terminal that begins the header of a block, the terminals that may begin a clause inside."""
    first: dict[str, set[str]] = {p.origin.name: set() for p in productions}
    grown = True
    while grown:
        grown = False
        for p in productions:
            found = _first(p.expansion[:1], first)
            grown |= not found <= first[p.origin.name]
            first[p.origin.name] |= found
    blocks = {"": tuple(sorted(first["statement"]))}
    for p in productions:
        for symbol in p.expansion:
            if symbol.name.startswith("_block{"):
                inside = first[symbol.name.removeprefix("_block{").removesuffix("}")]
                blocks |= dict.fromkeys(_first(p.expansion[:1], first), tuple(sorted(inside)))
    return dict(sorted(blocks.items()))


def _first(symbols: list[Symbol], first: dict[str, set[str]]) -> set[str]:
    """The terminals that may begin the symbols; no rule that begins a clause is empty."""
    return {t for s in symbols for t in ((s.name,) if s.is_term else first[s.name])}
