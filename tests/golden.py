"""Golden cases: Markdown files that show an input and what comes of it, so that a review reads a user's screen.

A case is a heading, one or more fenced inputs, and one fenced `text` block with the output, compared exactly:

    ## A clause that is no clause

    ```place
    app a { replcas 2 }
    ```

    ```text
    error[unknown-clause]: …
    ```

A fence may name its file after the language (```` ```place fleet.place ````); without a name it is `case.<language>`.
A test module turns each case into a test:

    @pytest.mark.parametrize("case", cases(FOLDER), ids=str)
    def test_rendered(case: Case, request: pytest.FixtureRequest) -> None:
        verify(case, run, request)

where `run` takes the files of the case, name to text, and gives the output. `pytest --update-golden` writes what
comes out into the case files instead of comparing; read the difference before committing it. A new case is an
input with an empty `text` block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

_FENCE = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Case:
    """One heading of a case file."""

    path: Path
    title: str
    files: dict[str, str]
    expected: str

    def __str__(self) -> str:
        return f"{self.path.stem}: {self.title}"


def cases(folder: Path) -> list[Case]:
    """The cases of all Markdown files in a folder, in order; a folder without any is a mistake."""
    found = [case for path in sorted(folder.glob("*.md")) for case in _read(path)]
    assert found, f"no case in {folder}"
    return found


def verify(case: Case, run: Callable[[dict[str, str]], str], request: pytest.FixtureRequest) -> None:
    """Run the case and compare, or write what came out under `--update-golden`."""
    output = run(case.files)
    if output and not output.endswith("\n"):
        output += "\n"
    if request.config.getoption("--update-golden"):
        _write(case, output)
    else:
        assert output == case.expected


def _sections(text: str) -> list[str]:
    """The text split before each second-level heading outside of fences."""
    fenced = [(m.start(), m.end()) for m in _FENCE.finditer(text)]
    starts = [
        m.start()
        for m in re.finditer(r"^## ", text, re.MULTILINE)
        if not any(a <= m.start() < b for a, b in fenced)
    ]
    return [text[a:b] for a, b in zip([0, *starts], [*starts, len(text)], strict=True)]


def _read(path: Path) -> list[Case]:
    found = []
    for section in _sections(path.read_text(encoding="utf-8"))[1:]:
        title = section.partition("\n")[0].removeprefix("## ")
        fences = [(m[1], m[2] or f"case.{m[1]}", m[3]) for m in _FENCE.finditer(section)]
        files = {name: text for language, name, text in fences if language != "text"}
        outputs = [text for language, _, text in fences if language == "text"]
        assert files, f"{path}: {title!r} has no input"
        assert len(outputs) == 1, f"{path}: {title!r} needs one text block"
        found.append(Case(path, title, files, outputs[0]))
    return found


def _write(case: Case, output: str) -> None:
    sections = _sections(case.path.read_text(encoding="utf-8"))
    for i, section in enumerate(sections):
        if section.partition("\n")[0] == f"## {case.title}":
            sections[i] = _FENCE.sub(
                lambda m: f"```text\n{output}```" if m[1] == "text" else m[0],
                section,
            )
    case.path.write_text("".join(sections), encoding="utf-8")
