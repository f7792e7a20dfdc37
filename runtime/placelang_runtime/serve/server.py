"""The process of a model server: a socket, and what answers at it until it is told to end."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Final

import uvicorn
import uvloop

from placelang_runtime.serve.app import make_app
from placelang_runtime.serve.connections import Connection, connections
from placelang_runtime.serve.limits import Limits
from placelang_runtime.serve.log import log
from placelang_runtime.serve.metrics import Metrics
from placelang_runtime.serve.models import Models

GRACE: Final = 8
"""Seconds that answers have at the end: fewer than what a driver gives the whole process."""
_BACKLOG: Final = 2048


def serve(folder: Path, host: str, port: int, limits: Limits) -> None:
    """Until SIGTERM or SIGINT. Raises OSError where it cannot listen."""
    metrics = Metrics()
    there: dict[Connection, None] = {}
    metrics.connections(lambda: len(there))
    app = make_app(Models(folder, limits, metrics), metrics, limits)
    with _listen(host, port) as listening:
        log(f"listening at port {listening.getsockname()[1]} of {host}")
        config = uvicorn.Config(
            app,
            http=connections(limits, there),
            ws="none",
            loop="none",
            log_config=None,
            log_level="critical",  # clients could fill the disk with what is wrong with them
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_keep_alive=round(limits.idle),
            timeout_graceful_shutdown=GRACE,
        )
        uvloop.run(uvicorn.Server(config).serve(sockets=[listening]))


def _listen(host: str, port: int) -> socket.socket:
    """The protocol is named, since asyncio sends at once only on sockets that are known to be of TCP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except BaseException:
        listening.close()
        raise
    return listening
