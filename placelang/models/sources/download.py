"""One file of a web server, by its digest: taken up where it was cut off, and whole or not at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import IO, Final

import requests
import urllib3

from placelang.models.sources.source import SourceError, is_safe

LARGEST: Final = 32 << 30
"""Bytes of a file."""
SECONDS: Final = 30.0
"""Without a word from the server."""
TRIES: Final = 5
"""In a row without a byte."""
_PIECE: Final = 1 << 20
_RANGE: Final = re.compile(r"bytes ([0-9]+)-")

Report = Callable[[int, int | None], None]
"""Is told the bytes that are here, and those that there are, where anybody knows."""


def download(
    session: requests.Session,
    url: str,
    to: Path,
    digest: str,
    *,
    report: Report,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Have the file with this digest at `to`; what arrived before a failure stays beside it, for the next time. Raises
    SourceError, OSError."""
    partial = to.with_name(f"{to.name}.part")
    tries = 0
    while True:
        before = _size(partial)
        try:
            _fetch(session, url, partial, report, dict(headers or {}))
            break
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            tries = tries + 1 if _size(partial) == before else 1
            if tries >= TRIES:
                raise SourceError(
                    f"{url} breaks off: {type(error).__name__}: try again, it goes on from there"
                ) from None
    with partial.open("rb") as file:
        found = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    if found != digest:
        partial.unlink()
        raise SourceError(f"{url} has the digest {found}, and {digest} was asked for")
    partial.replace(to)


def _fetch(
    session: requests.Session, url: str, partial: Path, report: Report, headers: dict[str, str]
) -> None:
    """All that is missing of it."""
    have = _size(partial)
    if have:
        headers["Range"] = f"bytes={have}-"
    headers["Accept-Encoding"] = "identity"
    with session.get(url, headers=headers, stream=True, timeout=SECONDS) as answer:
        if not all(is_safe(one.url) for one in (*answer.history, answer)):
            raise SourceError(f"{url} leads to {answer.url[:200]}, where anybody could alter it on the way")
        if have and answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return
        said = _RANGE.match(answer.headers.get("Content-Range", ""))
        goes_on = (
            answer.status_code == HTTPStatus.PARTIAL_CONTENT and said is not None and int(said[1]) == have
        )
        if not goes_on and answer.status_code != HTTPStatus.OK:
            raise SourceError(f"{url}: the server answers {answer.status_code}")
        with partial.open("ab" if goes_on else "wb") as file:
            _take(answer, file, have if goes_on else 0, report)


def _take(answer: requests.Response, file: IO[bytes], have: int, report: Report) -> None:
    length = answer.headers.get("Content-Length", "")
    total = have + int(length) if length.isdigit() else None
    while piece := answer.raw.read1(_PIECE):  # what there is: a full piece would be lost where it breaks off
        file.write(piece)
        have += len(piece)
        report(have, total)
        if have > LARGEST:
            raise SourceError(f"{answer.url} is larger than {LARGEST >> 30} GiB")
    if total is not None and have < total:
        raise requests.ConnectionError("ended too early")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
