"""The grammar for editors that colour by regular expressions (TextMate's form), made from the parser's table.

A word of the language is a keyword only where the language expects it, which regular expressions cannot tell in full: a
word that begins clauses is one at the beginning of a clause, any other between spaces. The language server's semantic
tokens correct the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from placelang_grammar.table import Table

SCOPE = "source.placelang"
TYPES = (
    "string",
    "bool",
    "number",
    "bytes",
    "bandwidth",
    "duration",
    "power",
    "frequency",
    "percent",
    "version",
)
FUNCTIONS = ("any", "all", "count", "sum", "known", "secret", "address", "model")
_WORDS_OF_LOGIC = ("and", "or", "not", "in", "where")
_TRUTHS = ("true", "false")
_NAME = r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*"
_START = r"(?:^|(?<=[{;]))\s*"
_NO_NAME = r"(?![\w.-])"


def textmate(table: Table) -> str:
    """The grammar as JSON, the same for the same table."""
    starters = {terminal for terminals in table.blocks.values() for terminal in terminals}
    heads = [word for word, terminal in table.words.items() if terminal in table.blocks]
    clauses = [word for word, terminal in table.words.items() if terminal in starters]
    named = [word for word in heads if word not in ("sites", "hosts", "services", "test", "rollout")]
    special = {*clauses, *_WORDS_OF_LOGIC, *_TRUTHS}
    others = [word for word in table.words if word not in special]
    document = {
        "name": "placelang",
        "scopeName": SCOPE,
        "fileTypes": ["place"],
        "patterns": [
            _match("comment.line.number-sign", "#.*$"),
            _string("string.quoted.double", '"', inside=["escape", "interpolation"]),
            _string("string.quoted.single", "'", inside=[]),
            {
                "match": rf"{_START}({_any(named)})\s+({_NAME})",
                "captures": {
                    "1": {"name": f"keyword.declaration.{SCOPE}"},
                    "2": {"name": f"entity.name.type.{SCOPE}"},
                },
            },
            {
                "match": rf"{_START}(prefer\s+)?({_any(clauses)}){_NO_NAME}",
                "captures": {
                    "1": {"name": f"keyword.control.{SCOPE}"},
                    "2": {"name": f"keyword.control.{SCOPE}"},
                },
            },
            _match("storage.type", rf"(?<=:\s)\[?\s*({_any(TYPES)}){_NO_NAME}"),
            _match("support.function", rf"(?<![\w.-])({_any(FUNCTIONS)})(?=\s*\()"),
            _match("keyword.operator.word", rf"(?<![\w.-])({_any(_WORDS_OF_LOGIC)}){_NO_NAME}"),
            _match("constant.language", rf"(?<![\w.-])({_any(_TRUTHS)}){_NO_NAME}"),
            _match("keyword.other", rf"(?<=\s)({_any([*others, *clauses])})(?=\s|$)"),
            _match("constant.numeric", rf"(?<![\w.-])(?:{'|'.join(_numbers(table))}){_NO_NAME}"),
            _match("variable.other", _NAME),
            _match("keyword.operator", "|".join(_escaped(_signs(table)))),
        ],
        "repository": {
            "escape": _match("constant.character.escape", r"\\(?:u\{[0-9A-Fa-f]+\}|.)|\$\$\{"),
            "interpolation": {
                "name": f"meta.interpolation.{SCOPE}",
                "match": rf"(\$\{{)({_NAME})(\}})",
                "captures": {
                    "1": {"name": f"punctuation.section.embedded.{SCOPE}"},
                    "2": {"name": f"variable.other.{SCOPE}"},
                    "3": {"name": f"punctuation.section.embedded.{SCOPE}"},
                },
            },
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _match(name: str, pattern: str) -> dict[str, object]:
    return {"name": f"{name}.{SCOPE}", "match": pattern}


def _string(name: str, quote: str, inside: list[str]) -> dict[str, object]:
    """A string, which ends with its line at the latest."""
    return {
        "name": f"{name}.{SCOPE}",
        "begin": quote,
        "end": f"{quote}|$",
        "patterns": [{"include": f"#{part}"} for part in inside],
    }


def _any(words: Iterable[str]) -> str:
    """Any of the words, the longest first, so that none hides one that it begins."""
    return "|".join(sorted(dict.fromkeys(words), key=lambda word: (-len(word), word)))


def _numbers(table: Table) -> list[str]:
    return [table.patterns[kind] for kind in ("DATE", "TIME", "QUANTITY")]


def _signs(table: Table) -> list[str]:
    return sorted((sign for sign in table.signs if sign not in "{}[]()"), key=lambda sign: (-len(sign), sign))


def _escaped(signs: Iterable[str]) -> list[str]:
    return ["".join(f"\\{character}" for character in sign) for sign in signs]
