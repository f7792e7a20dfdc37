"""Asking the other members of a site for an image, or a file of a model."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Final

from placelang_runtime.neighbours.answer import Found
from placelang_runtime.neighbours.paths import PORT, identity
from placelang_runtime.part import Member
from placelang_runtime.site.certificates import roots
from placelang_runtime.trust.keys import BadKeyError

SECONDS: Final = 5.0
"""Until a member that does not let anybody in is left alone."""
SAVING: Final = 300.0
"""Until one that says nothing is: it saves the image first."""
MOST_BYTES: Final = 64 << 30
_PIECE: Final = 1 << 20


def ask_neighbours(  # noqa: PLR0917 - whom, for what, and where it goes
    state: Path, me: Member, others: Sequence[Member], path: str | None, to: Path, most: int = MOST_BYTES
) -> Found:
    """Have what one of the members offers at a path in a file, of at most so many bytes. Raises OSError for a fault of
    this host's own disk."""
    said: Found = "none"
    for other in others if path is not None else ():
        found = _asked(state, me, other, str(path), to, most)
        if found == "sent":
            return found
        if found == "later":
            said = found
    return said


def _asked(  # noqa: PLR0917 - the same
    state: Path, me: Member, other: Member, path: str, to: Path, most: int
) -> Found:
    with suppress(HTTPException, TimeoutError, ConnectionError, ssl.SSLError, BadKeyError):
        connection = HTTPSConnection(other.address, PORT, timeout=SECONDS, context=_context(state, me, other))
        try:
            connection.connect()
            connection.sock.settimeout(SAVING)
        except OSError:  # nobody is there, or has no way
            return "none"
        try:
            connection.request("GET", path)
            return _answered(connection.getresponse(), to, most, first=me.name < other.name)
        finally:
            connection.close()
    return "none"


def _context(state: Path, me: Member, other: Member) -> ssl.SSLContext:
    """It is this member that answers, or nobody does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=roots([other]))
    context.load_cert_chain(*identity(state, me))
    return context


def _answered(answer: HTTPResponse, to: Path, most: int, *, first: bool) -> Found:
    """Of those who ask each other, the `first` does not wait."""
    match answer.status:
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return "later"
        case HTTPStatus.TOO_EARLY:
            return "none" if first else "later"
        case HTTPStatus.OK:
            return "sent" if _received(answer, to, most) else "none"
    return "none"


def _received(answer: HTTPResponse, to: Path, most: int) -> bool:
    length = 0
    with to.open("wb") as file:
        while piece := answer.read(_PIECE):
            length += len(piece)
            if length > most:
                return False
            file.write(piece)
    return True
