"""Checks over the network: whether something answers at an address. What answers is a container, and not trusted: it
gets so much time in all, however it spends it, and no more of what it says is read than whoever asks wants."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from http import HTTPStatus
from time import monotonic
from typing import Final
from urllib.parse import quote

from placelang_runtime.drivers.driver import Answer
from placelang_runtime.drivers.errors import printable
from placelang_runtime.part import Health

_STATUS: Final = re.compile(rb"HTTP/[0-9.]{1,8} ([0-9]{3})\b")
_PIECE: Final = 1 << 16
_LONGEST: Final = 64
"""Bytes, until the status is known."""
HEALTHY: Final = range(200, 400)


def ask_network(address: str | None, health: Health) -> Answer:
    """What a check by http or tcp finds at the address."""
    seconds = health.timeout_ms / 1000
    if address is None or health.port is None:
        return Answer(healthy=False, why="it has no address")
    end = monotonic() + seconds
    try:
        with socket.create_connection((address, health.port), timeout=seconds) as connection:
            if health.kind == "tcp":
                return Answer(healthy=True)
            return _http(connection, f"{address}:{health.port}", health.path or "/", end)
    except TimeoutError:
        return Answer(healthy=False, why=f"no answer at port {health.port} within {seconds:g} s")
    except OSError as error:
        return Answer(healthy=False, why=f"port {health.port}: {(error.strerror or str(error)).lower()}")


def get(address: str, port: int, path: str, seconds: float, most: int) -> bytes:
    """What is answered to GET, up to so many bytes with its head. Raises OSError, also for another status than 200."""
    end = monotonic() + seconds
    with socket.create_connection((address, port), timeout=seconds) as connection:
        said = f"GET {path} HTTP/1.0\r\nHost: {address}:{port}\r\n\r\n"
        connection.sendall(said.encode())
        heard = b"".join(_heard(connection, end, most))
    head, _, body = heard.partition(b"\r\n\r\n")
    status = _STATUS.match(head)
    if status is None or int(status[1]) != HTTPStatus.OK:
        raise OSError(f"GET {printable(path)[:200]} is not answered")
    return body


def _http(connection: socket.socket, host: str, path: str, end: float) -> Answer:
    said = quote(path, safe="/?&=%:@!$'()*+,;~")
    connection.sendall(f"GET {said} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    heard = b""
    for piece in _heard(connection, end, _LONGEST):
        heard += piece
        if b"\n" in heard:
            break
    status = _STATUS.match(heard)
    if status is None:
        return Answer(healthy=False, why=f"GET {printable(path)[:200]} is not answered in HTTP")
    code = int(status[1])
    return Answer(code in HEALTHY, "" if code in HEALTHY else f"GET {printable(path)[:200]} answers {code}")


def _heard(connection: socket.socket, end: float, most: int) -> Iterator[bytes]:
    """What is said until then, up to so many bytes. Raises OSError."""
    while most > 0:
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        piece = connection.recv(min(most, _PIECE))
        if not piece:
            return
        most -= len(piece)
        yield piece
