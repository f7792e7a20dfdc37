"""The language server: what an editor asks, answered from the same stages that the commands run.

Enters: the editor's messages on standard input. Leaves: answers on standard output and logs on standard error. The
texts that the editor holds stand in for the files on the disk, so that unsaved imports are seen. Nothing that is sent
ends the server. Messages are answered in their order by one thread; diagnostics are worked out when no message comes.
"""

from __future__ import annotations

__all__ = ["run"]


def run() -> int:
    """Serve the editor at standard input and output until it ends; the exit code that the protocol asks for."""
    from placelang.lsp.server import serve  # noqa: PLC0415 - the protocol's types take a third of a second

    return serve()
