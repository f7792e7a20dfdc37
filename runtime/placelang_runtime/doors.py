"""Doors to whatever is asked over HTTP: bounded in how many visit at once, how long they take for a word, and how many
bytes they bring. What is over is sent away."""

from __future__ import annotations

import json
import socket
import socketserver
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import BoundedSemaphore, Thread
from typing import Any, ClassVar, Final

MOST_AT_ONCE: Final = 16
SECONDS: Final = 20.0
POLL: Final = 0.5
_DIGITS: Final = 12


class Visit(BaseHTTPRequestHandler):
    """One request. `most` are the bytes that it may bring."""

    timeout = SECONDS
    server_version = "placelang"
    sys_version = ""
    most: ClassVar[int] = 0

    def body(self) -> bytes | None:
        """What it brings; None where that was refused."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self.refuse(HTTPStatus.LENGTH_REQUIRED, "say how long it is")
        elif len(length) > _DIGITS or int(length) > self.most:
            message = f"larger than {self.most} bytes, and so not read"
            self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self.refuse(HTTPStatus.BAD_REQUEST, "it arrived half")
        return None

    def refuse(self, status: HTTPStatus, message: str, code: int = 1) -> None:
        """Say that it cannot be, and the exit code that goes with that."""
        self.send(
            status, "application/json", json.dumps({"error": {"code": code, "message": message}}) + "\n"
        )

    def send(self, status: HTTPStatus, kind: str, text: str) -> None:
        self.begin(status, kind)
        self.wfile.write(text.encode("utf-8", "replace"))

    def begin(self, status: HTTPStatus, kind: str) -> None:
        """The beginning of an answer of any length."""
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


class Door(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A door at an address, with room for so many at once; visits are of the class `visit`."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 32

    def __init__(self, address: Any, visit: type[Visit]) -> None:
        self._room = BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(address, visit)

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

    def open(self) -> None:
        """Let visitors in, from now on."""
        Thread(target=self.serve_forever, kwargs={"poll_interval": POLL}, name="door", daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class SixthDoor(Door):
    """The same at an address of IPv6."""

    address_family = socket.AF_INET6


class LocalDoor(Door):
    """The same at a socket that only its owner may open, in a folder that is the owner's alone."""

    address_family = socket.AF_UNIX
    allow_reuse_address = False

    def __init__(self, path: Path, visit: type[Visit]) -> None:
        path.unlink(missing_ok=True)  # whoever was there before does not own the folder any more
        super().__init__(str(path), visit)
        path.chmod(0o600)


def door_at(host: str, port: int, visit: type[Visit]) -> Door:
    """A door at an IP address. Raises OSError."""
    return (SixthDoor if ":" in host else Door)((host, port), visit)
