"""The editors' grammar is the language's, and the extension's folder has what it names."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placelang.lsp.symbols import FUNCTIONS
from placelang.types import NAMED
from placelang_grammar import load
from placelang_grammar.textmate import FUNCTIONS as COLOURED
from placelang_grammar.textmate import TYPES, textmate

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "grammar/vscode"
COMMITTED = EXTENSION / "syntaxes/placelang.tmLanguage.json"
GRAMMAR: dict[str, Any] = json.loads(COMMITTED.read_text())


def test_the_committed_grammar_is_that_of_the_language() -> None:
    assert COMMITTED.read_text() == textmate(load()), "run: python -m placelang_grammar textmate"


def test_types_and_functions_are_those_of_the_language() -> None:
    assert set(TYPES) == set(NAMED)
    assert set(COLOURED) == set(FUNCTIONS)


def patterns(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (text for key, text in value.items() if key in ("match", "begin", "end"))
        yield from (pattern for part in value.values() for pattern in patterns(part))
    elif isinstance(value, list):
        yield from (pattern for part in value for pattern in patterns(part))


def test_every_pattern_is_a_regular_expression() -> None:
    found = list(patterns(GRAMMAR))
    assert len(found) > 15
    for pattern in found:
        re.compile(pattern)


def coloured(line: str) -> list[tuple[str, str]]:
    """What stands in a line, each with the first word of its scope, as an editor finds it: at each place the first
    pattern that matches there. Strings are taken whole."""
    rules: list[dict[str, Any]] = GRAMMAR["patterns"]
    found = []
    at = 0
    while at < len(line):
        for rule in rules:
            if "begin" in rule:
                match = re.compile(f"{rule['begin']}[^{rule['begin']}]*(?:{rule['end']})").match(line, at)
                parts = [(match[0], rule["name"])] if match else []
            else:
                match = re.compile(rule["match"]).match(line, at)
                captures = rule.get("captures", {})
                parts = [(match[int(n)] or "", c["name"]) for n, c in captures.items()] if match else []
                parts = parts or ([(match[0], rule["name"])] if match else [])
            if match and match[0]:
                found += [(text.strip(), ".".join(name.split(".")[:2])) for text, name in parts if text]
                at = match.end()
                break
        else:
            at += 1
    return found


LINES = {
    "service front {  # it": [
        ("service", "keyword.declaration"), ("front", "entity.name"), ("# it", "comment.line")
    ],
    "    prefer   spread over zone weight 5": [
        ("prefer", "keyword.control"), ("spread", "keyword.control"), ("over", "keyword.other"),
        ("zone", "variable.other"), ("weight", "keyword.other"), ("5", "constant.numeric"),
    ],
    '  hosts where memory >= 4GiB and not site.closed or arch in ["a#b"]': [
        ("hosts", "keyword.control"), ("where", "keyword.operator"), ("memory", "variable.other"),
        (">=", "keyword.operator"), ("4GiB", "constant.numeric"), ("and", "keyword.operator"),
        ("not", "keyword.operator"), ("site.closed", "variable.other"), ("or", "keyword.operator"),
        ("arch", "variable.other"), ("in", "keyword.operator"), ('"a#b"', "string.quoted"),
    ],
    "label host.image-kind: bool = false": [
        ("label", "keyword.control"), ("host.image-kind", "variable.other"), (":", "keyword.operator"),
        ("bool", "storage.type"), ("=", "keyword.operator"), ("false", "constant.language"),
    ],
    "let host.fast = any(gpus where compute > 1)": [
        ("let", "keyword.control"), ("host.fast", "variable.other"), ("=", "keyword.operator"),
        ("any", "support.function"), ("gpus", "variable.other"), ("where", "keyword.operator"),
        ("compute", "variable.other"), (">", "keyword.operator"), ("1", "constant.numeric"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_coloured_as_it_is_meant(line: str) -> None:
    assert coloured(line) == LINES[line]


def test_every_word_of_the_language_is_coloured_as_one() -> None:
    for word in load().words:
        (found,) = [scope for text, scope in coloured(f"x {word} y") if text == word]
        assert found.startswith(("keyword", "constant")), word


def test_the_extension_names_files_that_are_there() -> None:
    package = json.loads((EXTENSION / "package.json").read_text())
    (language,) = package["contributes"]["languages"]
    (grammar,) = package["contributes"]["grammars"]
    assert language["extensions"] == [".place"]
    assert grammar["scopeName"] == GRAMMAR["scopeName"]
    for name in (package["main"], language["configuration"], grammar["path"]):
        assert (EXTENSION / name).is_file()
    configuration = json.loads((EXTENSION / language["configuration"]).read_text())
    assert re.fullmatch(configuration["wordPattern"], "loss-prevention")


STAND_INS = """
const modules = require("module");
const load = modules._load;
class LanguageClient {
  constructor(...given) { console.log(JSON.stringify(given)); }
  start() { console.log('"started"'); }
  stop() { console.log('"stopped"'); }
}
const configuration = { get: (name) => `/opt/${name}` };
const standIns = {
  vscode: { workspace: { getConfiguration: () => configuration } },
  "vscode-languageclient/node": { LanguageClient },
};
modules._load = (name, ...rest) => standIns[name] ?? load(name, ...rest);
const extension = require(process.argv[1]);
extension.activate();
extension.deactivate();
"""


def test_the_extension_starts_and_stops_the_server() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node to run it")
    extension = str(EXTENSION / "extension.js")
    ended = subprocess.run([node, "-e", STAND_INS, extension], capture_output=True, text=True, check=True)
    given, started, stopped = map(json.loads, ended.stdout.splitlines())
    assert given[2] == {"command": "/opt/path", "args": ["lsp"]}
    assert {"scheme": "file", "language": "placelang"} in given[3]["documentSelector"]
    assert (started, stopped) == ("started", "stopped")
