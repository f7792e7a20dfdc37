"""What both ends know: where a member is asked, what for, and how it shows who it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from placelang_runtime.files import write_whole
from placelang_runtime.part import Member
from placelang_runtime.site.certificates import certificate
from placelang_runtime.trust.host_key import host_key

PORT: Final = 4673
"""The port at which a member offers images and models."""
FOLDER: Final = "neighbours"
_DIGEST = re.compile(r"[^@]+@(sha256:[0-9a-f]{64})")


def path_of(image: str) -> str | None:
    """What an image is asked for by: its digest; None for one that has none."""
    found = _DIGEST.fullmatch(image)
    return None if found is None else f"/images/{found[1]}"


def path_of_file(digest: str | None) -> str | None:
    """What a file of a model is asked for by; None for one of which nobody knows what it is."""
    return None if digest is None else f"/models/{digest}"


def identity(state: Path, me: Member) -> tuple[Path, Path]:
    """The certificate of a member and its key, made anew. Raises OSError, BadKeyError."""
    folder = state / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    chain, key = folder / "certificate.pem", folder / "tls.key"
    known = f"{me.name} {me.address} {me.key}"
    said = folder / "member"
    if not (said.exists() and said.read_text(encoding="utf-8") == known and chain.exists() and key.exists()):
        made, secret = certificate(me, host_key(state))
        write_whole(key, secret.encode(), mode=0o600)
        write_whole(chain, made.encode(), mode=0o600)
        write_whole(said, known.encode(), mode=0o600)
    return chain, key
