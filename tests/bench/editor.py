"""What a person who types waits for: from a keystroke to its diagnostics, and to what completion offers, in a file of
2,000 lines, over standard input and output.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from lsprotocol import types
from lsprotocol.types import Position

from tests.bench.language import program
from tests.lsp.editor import Editor

LINES = 2_000
WRITTEN = "    hosts where memory >= 8GiB and arch =="
"""A clause that is typed letter by letter: most of its beginnings are mistakes."""


async def keystrokes(editor: Editor, uri: str, line: int, text: str) -> list[float]:
    """Seconds from each letter of a new line to its diagnostics; the line is taken away again."""
    waits = []
    editor.type(uri, Position(line, 0), "\n")
    for column, letter in enumerate(text):
        start = perf_counter()
        editor.type(uri, Position(line, column), letter)
        await editor.diagnostics(uri)
        waits.append(perf_counter() - start)
    editor.type(uri, Position(line, 0), "", Position(line + 1, 0))
    await editor.diagnostics(uri)
    return waits


async def completions(editor: Editor, uri: str, line: int) -> list[float]:
    """Seconds from a letter to what is offered for the word that it begins."""
    waits = []
    editor.type(uri, Position(line, 0), "    hosts where \n")
    here = Position(line, len("    hosts where "))
    for letter in "mcansduhrpg" * 3:
        start = perf_counter()
        editor.type(uri, here, letter)
        after = Position(line, here.character + 1)
        params = types.CompletionParams(types.TextDocumentIdentifier(uri), after)
        offered = await editor.text_document_completion_async(params)
        waits.append(perf_counter() - start)
        assert isinstance(offered, types.CompletionList)
        assert offered.items
        editor.type(uri, here, "", after)
        await editor.diagnostics(uri)
    editor.type(uri, Position(line, 0), "", Position(line + 1, 0))
    return waits


def show(what: str, waits: list[float], own: float | None = None) -> None:
    """Print how long the editor waited, and what of that the server computed, whatever else the machine did."""
    waits = sorted(waits)
    high = waits[int(len(waits) * 0.95)]
    share = f" (computed: {own / len(waits) * 1000:.1f} ms)" if own else ""
    print(f"  {what:46} median {median(waits) * 1000:6.1f} ms, 95% below {high * 1000:6.1f} ms{share}")


def computed(editor: Editor) -> float:
    """Seconds of processor time that the server has used."""
    fields = Path(f"/proc/{editor.process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main() -> None:
    """Print the figures of one session."""
    with tempfile.TemporaryDirectory() as folder:
        uri = (Path(folder) / "program.place").as_uri()
        text = program(LINES)
        editor = Editor()
        start = perf_counter()
        await editor.begin(Path(folder))
        print(f"a file of {text.count(chr(10)):,} lines in an editor")
        print(f"  {'start, to the answer to `initialize`':46} {(perf_counter() - start) * 1000:13.1f} ms")
        start = perf_counter()
        editor.open(uri, text)
        await editor.diagnostics(uri)
        print(f"  {'opening, to the first diagnostics':46} {(perf_counter() - start) * 1000:13.1f} ms")
        lines = text.split("\n")
        middle = next(
            i for i, line in enumerate(lines[len(lines) // 2 :], len(lines) // 2) if "needs" in line
        )
        first = next(i for i, line in enumerate(lines) if "needs" in line)
        for place, line in (("middle", middle), ("first app", first)):
            before = computed(editor)
            waits = await keystrokes(editor, uri, line, WRITTEN)
            show(f"keystroke in the {place}, to its diagnostics", waits, computed(editor) - before)
        show("keystroke, to completion", await completions(editor, uri, middle))
        await editor.end()


if __name__ == "__main__":
    asyncio.run(main())
