"""The LALR(1) table as plain data: what a parser needs, without Lark.

A table says which grammar it was made from. One that was made from another grammar, or that cannot be read, is
ignored, and the table is made anew in memory; so a saved table can be slow to appear but never wrong. It is JSON:
reading it runs no code.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FORMAT = 1
GRAMMAR = Path(__file__).with_name("placelang.lark")
SAVED = Path(__file__).with_name("placelang.table")


@dataclass(frozen=True, slots=True)
class Rule:
    """A production: what it makes of the values of its symbols.

    `kept` lists the positions whose values go to the rule called `name`, in order, -1 for an optional part that is
    missing; the values at `spliced` positions are lists that go in item by item. A `unit` passes its one kept value
    on unchanged. A rule whose origin starts with an underscore makes a list.
    """

    origin: str
    name: str
    length: int
    kept: tuple[int, ...]
    spliced: tuple[int, ...]
    unit: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A parser's automaton and vocabulary.

    `actions[state]` maps a terminal to `next state + 1` (shift) or `-(rule + 1)` (reduce), `gotos[state]` a rule's
    origin to the next state; the text is read when `end` is on top at its end. `patterns` are the regular expressions
    of the terminals that have one, in the order of trial; `words` and `signs` map texts to terminals; `kept` are the
    terminals whose text some rule keeps. `blocks` maps the terminal that begins a block's header (`""` for the
    file) to the terminals that may begin a clause inside.
    """

    actions: tuple[dict[str, int], ...]
    gotos: tuple[dict[str, int], ...]
    rules: tuple[Rule, ...]
    start: int
    end: int
    patterns: dict[str, str]
    words: dict[str, str]
    signs: dict[str, str]
    kept: frozenset[str]
    blocks: dict[str, tuple[str, ...]]


@cache
def load() -> Table:
    """The table of the grammar as it stands."""
    return load_from(SAVED, GRAMMAR.read_text(encoding="utf-8"))


def load_from(saved: Path, grammar: str) -> Table:
    """The saved table if it was made from `grammar`, else one made now."""
    try:
        document = json.loads(saved.read_text(encoding="utf-8"))
        if document["digest"] == digest(grammar):
            return decode(document)
    except (OSError, ValueError, LookupError, TypeError):
        pass  # a missing or spoilt file only costs time: the grammar itself has all that it says
    from placelang_grammar.generation import generate  # noqa: PLC0415 - Lark is needed only here

    return generate(grammar)


def write() -> Path:
    """Make the table and save it beside the grammar."""
    from placelang_grammar.generation import generate  # noqa: PLC0415 - Lark is needed only here

    grammar = GRAMMAR.read_text(encoding="utf-8")
    SAVED.write_text(encode(generate(grammar), grammar), encoding="utf-8")
    return SAVED


def digest(grammar: str) -> str:
    """What a saved table must name to be used: the grammar's text and this format."""
    return hashlib.sha256(f"{FORMAT}\n{grammar}".encode()).hexdigest()


def encode(table: Table, grammar: str) -> str:
    """The table as JSON; terminals and origins are numbered, equal rows stand once."""
    symbols = sorted({s for row in (*table.actions, *table.gotos) for s in row})
    number = {symbol: i for i, symbol in enumerate(symbols)}
    rows: dict[tuple[int, ...], int] = {}

    def row(entries: dict[str, int]) -> int:
        flat = tuple(x for symbol in sorted(entries) for x in (number[symbol], entries[symbol]))
        return rows.setdefault(flat, len(rows))

    actions = [row(entries) for entries in table.actions]
    gotos = [row(entries) for entries in table.gotos]
    document = {
        "digest": digest(grammar),
        "symbols": symbols,
        "rows": list(rows),
        "actions": actions,
        "gotos": gotos,
        "rules": [[r.origin, r.name, r.length, r.kept, r.spliced, r.unit] for r in table.rules],
        "start": table.start,
        "end": table.end,
        "patterns": table.patterns,
        "words": table.words,
        "signs": table.signs,
        "kept": sorted(table.kept),
        "blocks": table.blocks,
    }
    return json.dumps(document, separators=(",", ":"))


def decode(saved: dict[str, Any]) -> Table:
    """The table that `encode` wrote."""
    names = saved["symbols"].__getitem__
    rows = [dict(zip(map(names, flat[::2]), flat[1::2], strict=True)) for flat in saved["rows"]]
    return Table(
        actions=tuple(rows[i] for i in saved["actions"]),
        gotos=tuple(rows[i] for i in saved["gotos"]),
        rules=tuple(
            Rule(origin, name, length, tuple(kept), tuple(spliced), unit)
            for origin, name, length, kept, spliced, unit in saved["rules"]
        ),
        start=saved["start"],
        end=saved["end"],
        patterns=saved["patterns"],
        words=saved["words"],
        signs=saved["signs"],
        kept=frozenset(saved["kept"]),
        blocks={head: tuple(starters) for head, starters in saved["blocks"].items()},
    )
