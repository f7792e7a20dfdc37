"""What pages take from the code: EBNF blocks, and tables between `<!-- generated: NAME -->` and `<!-- end -->`.

`pytest tests/docs --update-golden` writes them anew; without it, tests compare.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from placelang import files
from placelang.check import monitors, needs, operators, patterns, placement, texts
from placelang.codes import Code
from placelang.columns import Truth
from placelang.evaluate.kleene import conjunction, disjunction, negation
from placelang.load import MOST_FILES
from placelang.parse import layout, tokens
from placelang.reference import LITERALS, TOPICS, built_in
from placelang.types import LIMIT, NAMED, units_of
from placelang_grammar.ebnf import rules
from placelang_grammar.table import GRAMMAR
from tests.docs import scheduler_page

ROOT = Path(__file__).parents[2]
ERRORS = ROOT / "docs/errors"
RULES = rules(GRAMMAR.read_text(encoding="utf-8"))

_EBNF = re.compile(r"^```ebnf\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RULE = re.compile(r"^(\w+) =", re.MULTILINE)
_REGION = re.compile(r"^(<!-- generated: (.*) -->\n)(?:.*\n)*?(<!-- end -->)$", re.MULTILINE)


def renewed(page: str) -> str:
    """The page with everything that it takes from the code as the code has it now."""
    page = _EBNF.sub(lambda found: f"```ebnf\n{_ebnf(_RULE.findall(found[1]))}```", page)
    return _REGION.sub(
        lambda found: found[1] + "".join(f"{line}\n" for line in _lines(found[2])) + found[3], page
    )


def shown_rules(page: str) -> list[str]:
    """The rules of the grammar that a page shows, in its order."""
    return [name for block in _EBNF.findall(page) for name in _RULE.findall(block)]


def _ebnf(names: Iterable[str]) -> str:
    return "".join(f"{RULES[name]}\n" for name in names)


def _lines(region: str) -> Iterable[str]:
    if region.startswith("facts of "):
        return _facts(region.removeprefix("facts of "))
    return _REGIONS[region]()


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _types() -> Iterator[str]:
    yield from ("| type | for example | units |", "|---|---|---|")
    for name, kind in NAMED.items():
        yield _row(_code(name), _code(LITERALS[name]), _code(" ".join(units_of(kind))))
    yield _row("`[T]`", f"`[{LITERALS['number']}, 8]`", "")


def _units() -> Iterator[str]:
    yield from ("| type | units |", "|---|---|")
    for name, kind in NAMED.items():
        if units_of(kind):
            yield _row(_code(name), _code(" ".join(units_of(kind))))


def _facts(topic: str) -> Iterator[str]:
    yield from ("| name | type | meaning | for example |", "|---|---|---|---|")
    for row in built_in():
        if row.topic == topic:
            yield _row(_code(row.name), str(row.type), row.meaning, _code(row.example))


def _operators() -> Iterator[str]:
    """The typing table, as the module that applies it states it."""
    return (line for line in str(operators.__doc__).splitlines() if line.startswith("|"))


_VALUES = {
    "true": Truth(np.array([True]), np.array([False])),
    "unknown": Truth(np.array([False]), np.array([True])),
    "false": Truth(np.array([False]), np.array([False])),
}


def _logic() -> Iterator[str]:
    """What `and`, `or` and `not` make of every combination."""
    yield from ("| a | b | `a and b` | `a or b` | `not a` |", "|---|---|---|---|---|")
    for a, left in _VALUES.items():
        for b, right in _VALUES.items():
            results = (conjunction((left, right)), disjunction((left, right)), negation(left))
            yield _row(a, b, *map(_named, results))


def _named(truth: Truth) -> str:
    return next(
        name
        for name, value in _VALUES.items()
        if truth.true[0] == value.true[0] and truth.unknown[0] == value.unknown[0]
    )


def _bounds() -> Iterator[str]:
    yield from ("| | at most |", "|---|---|")
    yield _row("a file", f"{files.LIMIT // 2**20} MiB, {tokens.MOST:,} words and signs")
    yield _row("files of a fleet", f"{MOST_FILES:,}")
    yield _row("nesting of an expression", f"{layout.DEEPEST}, where a pair of brackets counts 3")
    yield _row("a text after interpolation", f"{texts.LONGEST:,} characters")
    yield _row("a regular expression", f"{patterns.LONGEST:,} characters")
    yield _row("a quantity", f"{LIMIT:,.0f} of the smallest unit")
    yield _row("replicas of a service", f"{placement.MOST_REPLICAS:,}")
    yield _row("GPUs or devices of a replica", f"{needs.MOST_DEVICES:,}")
    yield _row("the condition of a monitor", f"{monitors.LARGEST} parts, {monitors.DEEPEST} deep")


def _codes() -> Iterator[str]:
    """Every code with the first sentence of its page."""
    yield from ("| code | |", "|---|---|")
    for code in sorted(Code):
        yield _row(f"[{code}]({code}.md)", first_sentence((ERRORS / f"{code}.md").read_text("utf-8")))


def first_sentence(page: str) -> str:
    """The first sentence below a page's heading, without its full stop."""
    paragraph = " ".join(page.split("\n\n")[1].split())
    return re.split(r"(?<=[^.])[.:](?= |$)", paragraph)[0]


_REGIONS: dict[str, Callable[[], Iterable[str]]] = {
    "types": _types,
    "units": _units,
    "operators": _operators,
    "logic": _logic,
    "bounds": _bounds,
    "codes": _codes,
    "constraints": scheduler_page.constraints,
    "objectives": scheduler_page.objectives,
    "methods of a constraint": scheduler_page.methods,
}

TABLES = frozenset(f"facts of {topic}" for topic in TOPICS)
"""The tables of facts, each of which some page has."""
