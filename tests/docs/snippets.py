"""Placement files on pages, by what stands after `place` in their fence:

| words | meaning |
|---|---|
| none | a file |
| `NAME.place` | one of the files of its section, the first of which is planned |
| `setting` | a file, in which what follows on the page stands |
| `in fleet`, `in app` | statements beside the setting; clauses of its last app |
| `in service` | clauses of one more service in that app |
| `… refused CODE` | exactly this is said of it; of all others, nothing |
| `… plan` | all of it can be placed on `inventory.yaml` beside this module |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import indent

_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
_FENCE = re.compile(r"^```place([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_APP, _SERVICE = "app shop {\n", "  service example {\n"
_IMAGE = '    image "registry.example.com/shop/example:1"\n\n'


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fence of a page. `setting` is the text that fragments stand in; `files` are those of its section by name, if it
    is named and the first of them."""

    page: str
    line: int
    words: tuple[str, ...]
    text: str
    setting: str
    files: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def place(self) -> str:
        """What a fragment stands in: fleet, app or service; empty for a file."""
        return self.words[1] if self.words[:1] == ("in",) else ""

    @property
    def name(self) -> str:
        """The name of the file that it is, if it has one."""
        return next((word for word in self.words if word.endswith(".place")), "")

    @property
    def refused(self) -> frozenset[str]:
        """The codes of all that is said of it."""
        return (
            frozenset(self.words[self.words.index("refused") + 1 :])
            if "refused" in self.words
            else frozenset()
        )

    @property
    def planned(self) -> bool:
        return "plan" in self.words

    def alone(self) -> str:
        """The text in as much around it as it takes to be read."""
        match self.place:
            case "app":
                return f"{_APP}{indent(self.text, '  ')}}}\n"
            case "service":
                return f"{_APP}{_SERVICE}{indent(self.text, '    ')}  }}\n}}\n"
        return self.text

    def whole(self) -> str:
        """The text in its setting."""
        body = self.setting.removesuffix("}\n")
        match self.place:
            case "fleet":
                return f"{self.setting}\n{self.text}"
            case "app":
                return f"{body}\n{indent(self.text, '  ')}}}\n"
            case "service":
                image = "" if re.search(r"^(image|serves)\b", self.text, re.MULTILINE) else _IMAGE
                return f"{body}\n{_SERVICE}{image}{indent(self.text, '    ')}  }}\n}}\n"
        return self.text


def fences(text: str) -> list[tuple[tuple[str, ...], str]]:
    """The words and the body of each placement file on a page."""
    return [(tuple(found[1].split()), found[2]) for found in _FENCE.finditer(text)]


def snippets(page: Path, name: str) -> list[Snippet]:
    """The snippets of a page, in order; `name` is what it is called in the names of tests."""
    found: list[Snippet] = []
    text = page.read_text(encoding="utf-8")
    setting = ""
    for start, section in _sections(text):
        fences = [(start + m.start(), tuple(m[1].split()), m[2]) for m in _FENCE.finditer(section)]
        files = tuple((word, body) for _, words, body in fences for word in words if word.endswith(".place"))
        for at, words, body in fences:
            setting = body if "setting" in words else setting
            own = files if files and files[0][0] in words else ()
            found.append(Snippet(name, text.count("\n", 0, at) + 1, words, body, setting, own))
    return found


def _sections(text: str) -> Iterator[tuple[int, str]]:
    """The text from each heading to the next, with its offset; a `#` inside of a fence heads nothing."""
    fenced = [(m.start(), m.end()) for m in re.finditer(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)]
    starts = [m.start() for m in _HEADING.finditer(text) if not any(a < m.start() < b for a, b in fenced)]
    bounds = [0, *(start for start in starts if start), len(text)]
    yield from ((a, text[a:b]) for a, b in pairwise(bounds))
