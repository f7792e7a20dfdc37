"""A file of a web server."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import requests

from placelang.models.sources.cache import place_of
from placelang.models.sources.download import Report, download
from placelang.models.sources.found import Found, Part
from placelang.models.sources.source import Web


def find(source: Web, cache: Path, report: Report) -> Found:
    """Raises SourceError, OSError."""
    with place_of(cache, source.digest) as place, requests.Session() as session:
        if not place.exists():
            download(session, source.url, place, source.digest, report=report)
    name = PurePosixPath(unquote(urlsplit(source.url).path)).name or "model.onnx"
    return Found(
        f"{source.url}#sha256={source.digest.removeprefix('sha256:')}", (Part(name, place, source.digest),)
    )
