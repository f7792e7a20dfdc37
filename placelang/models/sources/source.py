"""What a model is fetched from, as it is written: leaves one of four kinds of source, or `SourceError`.

| written | is |
|---|---|
| `models/a.onnx` | a file here |
| `https://example.com/a.onnx#sha256=…` | a file of a web server, by its digest |
| `oci://registry.example.com/lp/a:4`, `…@sha256:…` | an artifact of a registry of images |
| `models:/a@champion`, `models:/a/4` | a registered model of an MLflow server, by alias or version |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urldefrag, urlsplit

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DIGEST: Final = re.compile(r"sha256=([0-9a-f]{64})")
_REGISTERED: Final = re.compile(r"models:/([^/@\x00-\x1f]{1,250})(?:@([A-Za-z0-9_.-]{1,250})|/([0-9]{1,9}))")
_LONGEST: Final = 2048


class SourceError(ValueError):
    """What is asked for is no source, is not there, or is something else than was asked for; in one line."""


@dataclass(frozen=True, slots=True)
class Local:
    path: Path


@dataclass(frozen=True, slots=True)
class Web:
    """Without its fragment; `digest` is `sha256:…`."""

    url: str
    digest: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """An image's name, with a tag or a digest."""

    image: str


@dataclass(frozen=True, slots=True)
class Registered:
    """By `alias` or by `version`."""

    name: str
    alias: str | None
    version: str | None


Source = Local | Web | Artifact | Registered


def parse(text: str) -> Source:
    """Raises SourceError."""
    if not text.isprintable() or not 0 < len(text) <= _LONGEST:
        raise SourceError("no source: write a path, https://…#sha256=…, oci://… or models:/…")
    if text.startswith("models:"):
        return _registered(text)
    if text.startswith("oci://"):
        return Artifact(text.removeprefix("oci://"))
    if "://" in text:
        return _web(text)
    return Local(Path(text))


def _registered(text: str) -> Registered:
    match = _REGISTERED.fullmatch(text)
    if match is None:
        raise SourceError(
            f"`{text[:200]}` is no registered model: write models:/NAME@ALIAS or models:/NAME/VERSION"
        )
    return Registered(*match.groups())


def _web(text: str) -> Web:
    url, fragment = urldefrag(text)
    parts = urlsplit(url)
    if not is_safe(url):
        raise SourceError(
            f"`{parts.scheme}://` is not fetched from: write https://…, which nobody can alter on the way"
        )
    if parts.username is not None or parts.password is not None:
        raise SourceError("a password in an address ends up in logs: put it into ~/.netrc")
    digest = _DIGEST.fullmatch(fragment)
    if digest is None:
        raise SourceError(f"the digest of {url[:200]} is missing: write …#sha256=, then its 64 digits")
    return Web(url, f"sha256:{digest[1]}")


def is_safe(url: str) -> bool:
    """Whether nobody between here and there can alter what is fetched."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )
