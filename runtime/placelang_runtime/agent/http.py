"""The doors of an agent: a socket in the state folder, which only its owner may open and through which everything may
be asked, and an address at which others may hand over what trusted keys signed, and look at how it goes.

Whoever comes has so many seconds for each word, so many bytes, and there is room for so many at a time; what is over
is sent away. Nothing that anybody sends reaches the deciding thread unless it is well-formed, and from elsewhere
only if the host believes it.
"""

from __future__ import annotations

import json
import socket
import socketserver
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from queue import Empty
from threading import BoundedSemaphore, Thread
from typing import Any, ClassVar, Final

from pydantic import ValidationError

from placelang_runtime.agent.inbox import Inbox, Letter
from placelang_runtime.apply.requests import Request
from placelang_runtime.trust.keys import BadKeyError
from placelang_runtime.trust.refused import RefusedError

MOST_AT_ONCE: Final = 16
SECONDS: Final = 20.0
MOST_LOCAL: Final = 512 << 20
MOST_REMOTE: Final = 64 << 20
POLL: Final = 0.5
LINES: Final = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the doors lead to. `check` raises RefusedError, BadKeyError or OSError for a part that this host does not
    believe; `health` is how it goes, and whether that is well; `metrics` is the same for Prometheus."""

    inbox: Inbox
    check: Callable[[bytes], object]
    health: Callable[[], tuple[bool, dict[str, Any]]]
    metrics: Callable[[], str]


class _Handler(BaseHTTPRequestHandler):
    """`local` is whether this is the door that only the owner opens."""

    timeout = SECONDS
    server_version = "placelang"
    sys_version = ""
    local: ClassVar[bool] = False
    server: _Door

    def do_GET(self) -> None:
        match self.path:
            case "/health":
                well, data = self.server.desk.health()
                status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
                self._send(status, "application/json", json.dumps(data) + "\n")
            case "/metrics":
                text = self.server.desk.metrics()
                self._send(HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", text)
            case _:
                self._send(HTTPStatus.NOT_FOUND, "text/plain", "there are /health and /metrics\n")

    def do_POST(self) -> None:
        if self.path != ("/requests" if self.local else "/parts"):
            self._send(HTTPStatus.NOT_FOUND, "text/plain", "there is no such door\n")
            return
        body = self._body(MOST_LOCAL if self.local else MOST_REMOTE)
        if body is not None:
            self._local(body) if self.local else self._remote(body)

    def _local(self, body: bytes) -> None:
        try:
            self._carry(Letter(Request.model_validate_json(body)))
        except ValidationError as error:
            self._fault(HTTPStatus.BAD_REQUEST, f"not what an agent is asked: {error.errors()[0]['msg']}", 1)

    def _remote(self, body: bytes) -> None:
        try:
            self.server.desk.check(body)
        except (RefusedError, BadKeyError) as error:
            self._fault(HTTPStatus.FORBIDDEN, str(error), 1)
        except OSError as error:
            self._fault(HTTPStatus.SERVICE_UNAVAILABLE, str(error), 6)
        else:
            self._carry(Letter(Request(command="apply", plan=body), remote=True))

    def _carry(self, letter: Letter) -> None:
        """Hand it over, and pass on what is answered, until the end. Whoever goes away misses it, and nothing else."""
        inbox = self.server.desk.inbox
        inbox.put(letter)
        self._begin(HTTPStatus.OK, LINES)
        over = False
        while not over:
            try:
                answer = letter.answers.get(timeout=POLL)
            except Empty:
                if inbox.ending:
                    return
                continue
            over = "event" not in answer
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    def _body(self, most: int) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self._fault(HTTPStatus.LENGTH_REQUIRED, "say how long it is", 1)
        elif len(length) > 12 or int(length) > most:  # noqa: PLR2004 - digits of a terabyte
            self._fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"larger than {most} bytes, and so not read", 1)
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self._fault(HTTPStatus.BAD_REQUEST, "it arrived half", 1)
        return None

    def _fault(self, status: HTTPStatus, message: str, code: int) -> None:
        self._send(status, LINES, json.dumps({"error": {"code": code, "message": message}}) + "\n")

    def _send(self, status: HTTPStatus, kind: str, text: str) -> None:
        self._begin(status, kind)
        self.wfile.write(text.encode("utf-8", "replace"))

    def _begin(self, status: HTTPStatus, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()

    def handle(self) -> None:
        with suppress(ConnectionError, TimeoutError):
            super().handle()

    def finish(self) -> None:
        with suppress(ConnectionError, TimeoutError):
            super().finish()

    def log_message(self, *_said: object) -> None:
        """Who came is nobody's business."""


class _LocalHandler(_Handler):
    local = True


class _Door(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A door with room for so many at once."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 32

    def __init__(self, address: Any, handler: type[_Handler], desk: Desk) -> None:
        self.desk = desk
        self._room = BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """What one visitor brings about ends with the visit."""


class _SixthDoor(_Door):
    address_family = socket.AF_INET6


class _LocalDoor(_Door):
    address_family = socket.AF_UNIX
    allow_reuse_address = False


def open_local(path: Path, desk: Desk) -> socketserver.BaseServer:
    """Answer at a socket that only its owner may open, in a folder that is the owner's alone. Raises OSError."""
    path.unlink(missing_ok=True)  # whoever was there before does not own the folder any more
    return _opened(_LocalDoor(str(path), _LocalHandler, desk), path)


def open_remote(host: str, port: int, desk: Desk) -> socketserver.BaseServer:
    """Answer at an address. Raises OSError."""
    door = _SixthDoor if ":" in host else _Door
    return _opened(door((host, port), _Handler, desk), None)


def _opened(door: _Door, path: Path | None) -> _Door:
    if path is not None:
        path.chmod(0o600)
    Thread(target=door.serve_forever, kwargs={"poll_interval": POLL}, name="door", daemon=True).start()
    return door
