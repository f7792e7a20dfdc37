"""`placelang fmt`: files in their canonical form."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings
from placelang.cli.options import Files
from placelang.cli.terminal import count, emit, say, write_file
from placelang.diagnostics import Source, has_errors
from placelang.files import LIMIT, decode, read_source

EXAMPLES = """
placelang fmt *.place
placelang fmt --check *.place
placelang fmt - < retail.place
"""

STDIN = Path("-")
Check = Annotated[
    bool, typer.Option("--check", help="Change nothing; exit code 5 if a file is not canonical.")
]
Stdout = Annotated[bool, typer.Option("--stdout", help="Print the result and leave the file as it is.")]


def fmt(files: Files, check: Check = False, stdout: Stdout = False) -> Exit:
    """Write placement files in canonical form.

    Comments are kept; `-` reads standard input and prints. A file with syntax errors is left as it is, the others are
    formatted all the same.
    """
    if check and stdout:
        raise typer.BadParameter("--check and --stdout exclude each other")
    findings = Findings()
    changed = 0
    for path in files:
        source, canonical = _formatted(path, findings)
        if source is None or canonical is None:
            continue
        differs = canonical != source.text
        changed += differs
        if check:
            if differs:
                say(f"{source.path}: not in canonical form")
        elif stdout or path == STDIN:
            emit(canonical)
        elif differs:
            write_file(path, canonical)
            say(f"{source.path}: formatted")
    wrong = has_errors(findings.diagnostics)
    findings.show()
    if check and changed:
        say(f"{count(changed, 'file')} not in canonical form: `placelang fmt` writes it")
    return Exit.INPUT if wrong else Exit.CHECK if check and changed else Exit.DONE


def _formatted(path: Path, findings: Findings) -> tuple[Source | None, str | None]:
    """A file and its canonical text, None where it cannot be had."""
    from placelang.format import format_tree
    from placelang.parse import parse

    if path == STDIN:
        source, faults = decode(sys.stdin.buffer.read(LIMIT + 1), "<stdin>")
    else:
        source, faults = read_source(path)
    findings.add(faults)
    if source is None:
        return None, None
    tree, faults = parse(source)
    findings.add(faults, {source.path: source})
    return source, None if has_errors(faults) else format_tree(tree, source)
