"""Asking the other members of a site for an image."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final

from placelang_runtime.neighbours.paths import PORT, identity, path_of
from placelang_runtime.part import Member
from placelang_runtime.site.certificates import roots
from placelang_runtime.trust.keys import BadKeyError

SECONDS: Final = 5.0
"""Until a member that does not let anybody in is left alone."""
SAVING: Final = 300.0
"""Until one that says nothing is: it saves the image first."""
MOST_BYTES: Final = 64 << 30
_PIECE: Final = 1 << 20


def ask_neighbours(state: Path, me: Member, others: Sequence[Member], image: str, to: Path) -> bool:
    """Whether one of the members sent a file with the image. Raises OSError for a fault of this host's own disk."""
    path = path_of(image)
    return path is not None and any(_asked(state, me, other, path, to) for other in others)


def _asked(state: Path, me: Member, other: Member, path: str, to: Path) -> bool:
    with suppress(HTTPException, TimeoutError, ConnectionError, ssl.SSLError, BadKeyError):
        connection = HTTPSConnection(other.address, PORT, timeout=SECONDS, context=_context(state, me, other))
        try:
            connection.connect()
            connection.sock.settimeout(SAVING)
        except OSError:  # nobody is there, or has no way
            return False
        try:
            return _received(connection, path, to)
        finally:
            connection.close()
    return False


def _context(state: Path, me: Member, other: Member) -> ssl.SSLContext:
    """It is this member that answers, or nobody does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=roots([other]))
    context.load_cert_chain(*identity(state, me))
    return context


def _received(connection: HTTPSConnection, path: str, to: Path) -> bool:
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != HTTPStatus.OK:
        return False
    length = 0
    with to.open("wb") as file:
        while piece := answer.read(_PIECE):
            length += len(piece)
            if length > MOST_BYTES:
                return False
            file.write(piece)
    return True
