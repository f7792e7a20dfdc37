"""The grammar's rules as people read them: EBNF made from the text of `placelang.lark`.

Words stand in quotes, `[ ]` is optional, `*` is any number of times. The ends of clauses and what only recovery from
errors needs are left out, and a block is `"{" clause* "}"`.
"""

from __future__ import annotations

import re
from textwrap import wrap

_DEFINITION = re.compile(r"^\??([A-Za-z_]+)(?:\{\w+\})?: *(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_TOKEN = re.compile(r'"[^"]*"|/.*|->\s*\w+|\w+\{\w+\}|\w+|[^\s\w]|\n|[ ]+')
_RECOVERY = " | _ERROR _NL"
_INDENT = "    "
_WIDTH = 100


def rules(grammar: str) -> dict[str, str]:
    """Each rule by name, as `name = …`, in the order of the grammar."""
    found = dict(_DEFINITION.findall(re.sub(r"^//.*\n", "", grammar, flags=re.MULTILINE)))
    words = {name: body for name, body in found.items() if name.isupper()}
    return {
        name: f"{name} = {_body(body, words)}"
        for name, body in found.items()
        if name not in words and not name.startswith("_")
    }


def _body(body: str, words: dict[str, str]) -> str:
    text = "".join(_shown(token, words) for token in _TOKEN.findall(body.replace(_RECOVERY, "")))
    text = re.sub(r"\((\w+) \)\*", r"\1*", text)
    lines = [" ".join(line.split()) for line in text.split("\n")]
    wrapped = [part for line in lines for part in wrap(line, _WIDTH, break_on_hyphens=False)]
    return f"\n{_INDENT}".join(wrapped)


def _shown(token: str, words: dict[str, str]) -> str:
    """A token as EBNF has it."""
    if token.startswith(("_NL", "->")):
        return ""
    if token.endswith("}"):
        return f'"{{" {token[token.index("{") + 1 : -1]}* "}}"'
    return words[token] if words.get(token, "/").startswith('"') else token
