"""From the grammar's text to its table, with Lark's LALR generator.

Leaves a table whose states are numbered by their distance from the start, so that one grammar always gives the same
bytes. A grammar with a conflict raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lark import Lark
from lark.grammar import Rule as Production
from lark.grammar import Terminal
from lark.lexer import Lexer, PatternStr, TerminalDef

from placelang_grammar.table import Rule, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lark.common import LexerConf
    from lark.grammar import Symbol
    from lark.lexer import Token

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
    productions = sorted(lark.rules, key=_key)
    states = _states(automaton, productions, memo)
    order = _order(automaton["start_states"]["start"], states)
    number = {state: i for i, state in enumerate(order)}
    origins = {p.origin.name for p in productions}
    patterns = {str(t.name): t.pattern for t in lark.terminals}
    texts = {p.value: name for name, p in sorted(patterns.items()) if isinstance(p, PatternStr)}
    return Table(
        actions=tuple(
            {
                s: number[to] + 1 if shift else -(to + 1)
                for s, (shift, to) in states[i].items()
                if s not in origins
            }
            for i in order
        ),
        gotos=tuple({s: number[to] for s, (_, to) in states[i].items() if s in origins} for i in order),
        rules=tuple(map(_rule, productions)),
        start=0,
        end=number[automaton["end_states"]["start"]],
        patterns={name: p.value for name, p in sorted(patterns.items()) if not isinstance(p, PatternStr)},
        words={text: name for text, name in sorted(texts.items()) if text[0].isalpha()},
        signs={text: name for text, name in sorted(texts.items()) if not text[0].isalpha()},
        kept=frozenset(str(s.name) for p in productions for s in p.expansion if _is_kept(s)),
        blocks=_blocks(productions),
    )


def _states(
    automaton: dict[str, Any], productions: list[Production], memo: dict[int, dict[str, Any]]
) -> dict[int, dict[str, tuple[bool, int]]]:
    """Each state's row in Lark's numbering: a symbol, and whether to shift to a state or else reduce by a rule."""
    tokens = {i: str(name) for i, name in automaton["tokens"].items()}
    numbers = {_key(p): i for i, p in enumerate(productions)}
    rules = {
        i: numbers[_key(Production.deserialize(m, {}))] for i, m in memo.items() if m["__type__"] == "Rule"
    }
    return {
        state: {
            tokens[token]: (True, target) if kind == _SHIFT else (False, rules[target["@"]])
            for token, (kind, target) in row.items()
        }
        for state, row in automaton["states"].items()
    }


def _key(production: Production) -> tuple[str, tuple[str, ...]]:
    return str(production.origin.name), tuple(str(s.name) for s in production.expansion)


def _is_kept(symbol: Symbol) -> bool:
    return isinstance(symbol, Terminal) and not symbol.filter_out


def _order(start: int, states: dict[int, dict[str, tuple[bool, int]]]) -> list[int]:
    """The states, nearest to the start first."""
    order = [start]
    seen = {start}
    for state in order:
        for _, (shift, target) in sorted(states[state].items()):
            if shift and target not in seen:
                seen.add(target)
                order.append(target)
    return order


def _rule(production: Production) -> Rule:
    """What Lark's own tree builder would do with the production, as data."""
    options = production.options
    kept: list[int] = []
    spliced: list[int] = []
    position = 0
    for missing in options.empty_indices or [False] * len(production.expansion):
        if missing:
            kept.append(-1)
            continue
        symbol = production.expansion[position]
        if not symbol.is_term and symbol.name.startswith("_"):
            spliced.append(position)
        if not symbol.is_term or _is_kept(symbol):
            kept.append(position)
        position += 1
    unit = bool(options.expand1 and not production.alias)
    if unit and len(kept) != 1:
        raise ValueError(f"{production} passes on {len(kept)} values, not one")
    origin = str(production.origin.name)
    name = str(production.alias or origin)
    return Rule(origin, name, len(production.expansion), tuple(kept), tuple(spliced), unit)


def _blocks(productions: list[Production]) -> dict[str, tuple[str, ...]]:
    """For each terminal that begins the header of a block, the terminals that may begin a clause inside."""
    first: dict[str, set[str]] = {str(p.origin.name): set() for p in productions}
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


def _first(symbols: Sequence[Symbol], first: dict[str, set[str]]) -> set[str]:
    """The terminals that may begin the symbols; no rule that begins a clause is empty."""
    return {str(t) for s in symbols for t in ((s.name,) if s.is_term else first[s.name])}
