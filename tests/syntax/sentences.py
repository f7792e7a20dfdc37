"""Random sentences of the grammar, made from its own rules, so that none is forgotten."""

from __future__ import annotations

import random
from functools import cache

from lark import Lark

from placelang_grammar import load
from placelang_grammar.table import GRAMMAR

_TEXTS = {
    "NAME": [
        "x",
        "site.country",
        "loss-prevention",
        "a.b-c.d",
        "image",
        "replicas",
        "host",
        "weight",
        "is",
        "_A1",
    ],
    "QUANTITY": ["0", "3", "1.5", "2GiB", "500m", "20%", "80ms", "007", "5GB"],
    "STRING": ['""', '"x"', r'"a \"b\" \n"', '"${x}-${site.name}"', '"$${x} #"', f'"{"long " * 9}"'],
    "RAW": ["''", "'raw # \"text\" ${x}'", r"'\d+'"],
    "TIME": ["00:00", "22:30", "24:00"],
    "DATE": ["2026-12-20", "2027-01-06"],
}
_ENDS = ["\n"] * 6 + [
    "\n\n",
    "\n\n\n",
    ";",
    "; # c\n",
    " # trailing\n",
    "\n  # alone\n",
    "\n# a\n\n# b\n",
    "\r\n",
]
_BREAKS = ["\n", "\n\n", " # inside\n ", "\n # alone inside\n", "\n      "]
_CONTINUING = frozenset(
    ["COMMA", "AND", "OR", "WHERE", "IN", "MATCHES", "PLUS", "MINUS", "TIMES", "OVER", "DEFAULT"]
)
_LADDER = frozenset(
    ("expression", "conjunction", "negation", "comparison", "sum", "product", "default", "unary", "postfix")
)
_DEPTH = 60


@cache
def _rules() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for rule in Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer="basic").rules:
        symbols = tuple(str(symbol.name) for symbol in rule.expansion)
        if "_ERROR" not in symbols:
            found.setdefault(str(rule.origin.name), []).append(symbols)
    return found


@cache
def _shortest() -> dict[str, int]:
    """How deep each rule's shallowest sentence is."""
    depth: dict[str, int] = {}
    while len(depth) < len(_rules()):
        for origin, expansions in _rules().items():
            known = [max((depth.get(s, 0) for s in e), default=0) for e in expansions if _ready(e, depth)]
            if known:
                depth.setdefault(origin, min(known) + 1)
    return depth


def _ready(expansion: tuple[str, ...], depth: dict[str, int]) -> bool:
    return all(s in depth or s not in _rules() for s in expansion)


def sentence(seed: int) -> str:
    """A source text, nearly always without a syntax error, laid out and commented at random."""
    chance = random.Random(seed)
    terminals: list[str] = []
    pending = [("start", 0)]
    while pending:
        symbol, depth = pending.pop()
        if symbol in _rules():
            expansion = _choose(symbol, depth, len(terminals), chance)
            pending.extend((s, depth + 1) for s in reversed(expansion))
        else:
            terminals.append(symbol)
    return _spelled(terminals, chance)


def _choose(symbol: str, depth: int, length: int, chance: random.Random) -> tuple[str, ...]:
    """An expansion; the shallowest once the sentence is deep or long."""
    expansions = _rules()[symbol]
    if depth > _DEPTH or length > chance.randint(20, 400):
        return min(expansions, key=lambda e: max((_shortest().get(s, 0) for s in e), default=0))
    return chance.choices(expansions, [_weight(symbol, e) for e in expansions])[0]


def _weight(symbol: str, expansion: tuple[str, ...]) -> int:
    """Simple expressions, blocks of several clauses, and apps with services are what people write most."""
    if symbol in _LADDER:
        return 6 if len(expansion) == 1 else 1
    if symbol.startswith(("_block", "start")):
        return 5 * len(expansion)
    if symbol in expansion:
        return 3
    return {"app": 6, "service": 6, "job": 4}.get(expansion[0] if expansion else "", 1)


def _spelled(terminals: list[str], chance: random.Random) -> str:
    texts = {name: text for text, name in (*load().words.items(), *load().signs.items())}
    out = [chance.choice(["", "", "# first\n", "\n\n"])]
    opened = 0
    for i, terminal in enumerate(terminals):
        if terminal == "_NL":
            out.append(chance.choice(_ENDS))
            continue
        opened += (terminal in ("LPAR", "LSQB")) - (terminal in ("RPAR", "RSQB"))
        text = texts[terminal] if terminal in texts else chance.choice(_TEXTS[terminal])
        glued = terminal == "DOT" or terminals[i + 1 : i + 2] == ["DOT"]
        out.append(text)
        if terminal == "LBRACE":
            out.append(chance.choice([" ", "\n", " # header\n", "\n\n"]))
        elif (opened or terminal in _CONTINUING) and not glued and chance.random() < 0.05:
            out.append(chance.choice(_BREAKS))
        elif not glued:
            out.append(chance.choice([" ", " ", " ", "  ", "\t"]))
    return "".join(out)
