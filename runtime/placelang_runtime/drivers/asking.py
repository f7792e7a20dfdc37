"""Checks over the network: whether something answers at an address. What answers is a container, and not trusted: it
gets so much time in all, however it spends it, and no more than a line of what it says is read."""

from __future__ import annotations

import re
import socket
from time import monotonic
from typing import Final
from urllib.parse import quote

from placelang_runtime.drivers.driver import Answer
from placelang_runtime.drivers.errors import printable
from placelang_runtime.part import Health

_STATUS: Final = re.compile(rb"HTTP/[0-9.]{1,8} ([0-9]{3})\b")
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


def _http(connection: socket.socket, host: str, path: str, end: float) -> Answer:
    said = quote(path, safe="/?&=%:@!$'()*+,;~")
    connection.sendall(f"GET {said} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    heard = b""
    while len(heard) < _LONGEST and b"\n" not in heard:
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        more = connection.recv(_LONGEST - len(heard))
        if not more:
            break
        heard += more
    status = _STATUS.match(heard)
    if status is None:
        return Answer(healthy=False, why=f"GET {printable(path)[:200]} is not answered in HTTP")
    code = int(status[1])
    return Answer(code in HEALTHY, "" if code in HEALTHY else f"GET {printable(path)[:200]} answers {code}")
