"""`placelang lsp`: the language server, for editors to start."""

from __future__ import annotations

from typing import Annotated

import typer

from placelang.cli.exits import Exit

EXAMPLES = """
placelang lsp
placelang --verbose lsp
"""

Stdio = Annotated[
    bool, typer.Option("--stdio", help="Speak over standard input and output, as it does anyway.")
]


def lsp(stdio: Stdio = True) -> Exit:  # noqa: ARG001 - some editors insist on saying it
    """Serve an editor over standard input and output, by the Language Server Protocol.

    Editors start it by themselves; docs/editors.md says how. Logs go to standard error.
    """
    from placelang.lsp import run

    return Exit.DONE if run() == 0 else Exit.INPUT
