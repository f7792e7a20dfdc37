"""A command inside a container, that ends in time: what does not is ended, as far as this host can."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final

_PIECE: Final = 1 << 16


def run_inside(client: Any, id_: str, command: Sequence[str], seconds: float) -> int | None:
    """Its exit code, None where it took too long. What it writes is read and forgotten."""
    started = client.exec_create(id_, list(command))["Id"]
    stream = client.exec_start(started, socket=True)
    try:
        ended = _drained(getattr(stream, "_sock", stream), monotonic() + seconds)
    finally:
        getattr(stream, "_response", stream).close()
    told = client.exec_inspect(started)
    if ended and not told["Running"]:
        return int(told["ExitCode"])
    _end(int(told.get("Pid") or 0), id_)
    return None


def _drained(connection: Any, end: float) -> bool:
    """Whether the other side closed before the end."""
    while (left := end - monotonic()) > 0:
        connection.settimeout(left)
        try:
            if not connection.recv(_PIECE):
                return True
        except TimeoutError:
            return False
    return False


def _end(pid: int, id_: str) -> None:
    """End a process of the container, where the engine's processes are those of this host: an engine has no word for
    it."""
    if pid <= 1:
        return
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if id_ in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8", errors="replace"):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        return
    finally:
        os.close(handle)
