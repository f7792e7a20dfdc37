"""How a command has the agent of this host do what is asked: over HTTP, at a socket that only its owner may open."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from placelang_runtime.apply.requests import Request
from placelang_runtime.apply.scene import Event
from placelang_runtime.apply.told import Told

SOCKET: Final = "agent.sock"
SECONDS: Final = 10.0
"""How long an agent has to answer the door. What is asked may take longer."""
MOST_LINE: Final = 64 << 20


class HandedError(Exception):
    """What an agent answered that it cannot do, and the exit code that goes with that."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class _AtSocket(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("agent", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def agent_at(state: Path) -> HTTPConnection | None:
    """The way to the agent that owns a state folder, None where no agent does."""
    connection = _AtSocket(state / SOCKET)
    try:
        connection.connect()
    except OSError:
        connection.close()
        return None
    return connection


def hand_over(connection: HTTPConnection, request: Request, report: Callable[[Event], None]) -> Told:
    """What came of the request. Raises HandedError."""
    text = request.model_dump_json().encode()
    return ask(connection, "/requests", text, "the agent of this host", report)


def send_part(host: str, port: int, part: bytes, report: Callable[[Event], None]) -> Told:
    """What came of a signed part at an agent elsewhere. Raises HandedError."""
    connection = HTTPConnection(host, port, timeout=SECONDS)
    return ask(connection, "/parts", part, f"the agent at {host}:{port}", report)


def ask(
    connection: HTTPConnection, path: str, body: bytes, whom: str, report: Callable[[Event], None]
) -> Told:
    """What an agent answers in the end, and what happens until then. Raises HandedError."""
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        if connection.sock is not None:
            connection.sock.settimeout(None)
        for line in _lines(connection):
            if "event" in line:
                report(Event(**line["event"]))
            elif "told" in line:
                return Told.model_validate_json(json.dumps(line["told"]))
            else:
                raise HandedError(str(line["error"]["message"]), int(line["error"]["code"]))
    except (OSError, HTTPException, ValidationError, ValueError, KeyError, TypeError) as error:
        raise HandedError(f"{whom} does not answer as it should: {error}", 6) from error
    finally:
        connection.close()
    raise HandedError(f"{whom} ended before it was done: `status` shows how far it came", 6)


def _lines(connection: HTTPConnection) -> Iterator[dict[str, Any]]:
    response = connection.getresponse()
    while line := response.readline(MOST_LINE):
        yield json.loads(line)
