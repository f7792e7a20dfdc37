"""What an editor is told, however the text came about, is what `placelang check` says of the files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.check import check
from placelang.check.scope import Tables
from placelang.diagnostics import Diagnostic
from placelang.lint import lint
from placelang.load import load
from placelang.lsp.analysis import Workspace
from placelang.lsp.counts import told
from placelang.lsp.documents import Document, real

RETAIL = Path(__file__).parents[2] / "examples/retail"
FILES = sorted(path.name for path in RETAIL.glob("*.place"))
SNIPPETS = (
    "",
    "\n",
    "x",
    ".",
    "{",
    "}",
    '"',
    "label host.rank: number\n",
    "5ms",
    "site.",
    " and ",
    'import "a.place"\n',
)

EDITS = st.lists(
    st.tuples(st.sampled_from(FILES), st.floats(0, 1), st.integers(0, 12), st.sampled_from(SNIPPETS)),
    min_size=1,
    max_size=5,
)


def saved(folder: Path, texts: dict[str, str]) -> tuple[Diagnostic, ...]:
    """What the files say once they are saved."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    modules, faults = load([folder / "retail.place"])
    names: list[Tables] = []
    program, found = check(modules, record=names.append)
    return lint(modules, [*faults, *found], program, names[0])


@settings(derandomize=True, max_examples=40, deadline=None)
@given(edits=EDITS)
def test_unsaved_edits_in_any_file_are_judged_as_if_they_were_saved(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, float, int, str]]
) -> None:
    folder = shutil.copytree(RETAIL, tmp_path_factory.mktemp("fleet"), dirs_exist_ok=True)
    workspace = Workspace()
    texts = {name: (folder / name).read_text() for name in FILES}
    for name, place, length, snippet in edits:
        at = int(place * len(texts[name]))
        texts[name] = texts[name][:at] + snippet + texts[name][at + length :]
        path = str(folder / name)
        workspace.sources.documents[real(path)] = Document(f"file://{path}", path, 1, texts[name], "utf-16")
        analyses = {a.fleet.root: a for a in workspace.analyses(str(folder / "retail.place"))}
    assert told(analyses[str(folder / "retail.place")]) == saved(folder, texts)
