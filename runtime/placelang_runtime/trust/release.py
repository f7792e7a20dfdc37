"""Signed words about rollouts: that an app may begin on a site, has to wait, or goes back.

A word is about one app at one site under one signed part, named by its plan and its sequence, and has a number that is
higher than that of the word before: so none is taken for another part, nor twice, nor after a later one. Keys that a
host trusts for parts sign it, or keys that its part names for nothing but this.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from placelang_runtime.base import LARGEST, Digest, Document, Name
from placelang_runtime.journal import Word
from placelang_runtime.trust.keys import BadKeyError, PrivateKey, PublicKey, parse_public
from placelang_runtime.trust.refused import Reason, RefusedError
from placelang_runtime.trust.sealed import open_sealed, seal, unchecked

KIND: Final = "application/vnd.placelang.release.v1+json"
MOST_BYTES: Final = 1 << 16

Number = Annotated[int, Field(ge=1, le=LARGEST)]


class Release(Document):
    """The `word` about an app at a site."""

    format: Literal["placelang/release/1"] = "placelang/release/1"
    plan: Digest
    sequence: Number
    site: Name
    app: Name
    number: Number
    word: Word


@dataclass(frozen=True, slots=True)
class Under:
    """What words are about on a host: the signed part that holds. `release_keys` are those that it names."""

    site: str
    plan: str
    sequence: int
    release_keys: tuple[PublicKey, ...]


def sign_release(release: Release, keys: Sequence[PrivateKey]) -> bytes:
    """The word as it is sent."""
    return seal(release.model_dump_json().encode(), KIND, keys)


def under(site: str, envelope: bytes) -> Under:
    """What an envelope that was believed before says of itself. Raises RefusedError."""
    try:
        said = json.loads(unchecked(envelope))
        keys = tuple(parse_public(key) for key in said.get("release_keys", ()))
        return Under(site, str(said["plan"]), int(said["sequence"]), keys)
    except (ValueError, KeyError, TypeError, AttributeError, BadKeyError) as error:
        raise RefusedError(Reason.TRUNCATED, "the part that holds cannot be read: send it again") from error


def believe_release(text: bytes, part: Under | None, trusted: Sequence[PublicKey]) -> Release:
    """A word that a trusted key signed about the part that holds, whatever its number. Raises RefusedError."""
    if len(text) > MOST_BYTES:
        raise RefusedError(Reason.TRUNCATED, f"larger than {MOST_BYTES} bytes, and so not read")
    keys = (*trusted, *(part.release_keys if part is not None else ()))
    try:
        release = Release.model_validate_json(open_sealed(text, KIND, keys).payload)
    except ValidationError as error:
        raise RefusedError(Reason.OTHER_KIND, "signed, and no word that this version reads") from error
    if part is None:
        raise RefusedError(Reason.NOT_SIGNED, "the part that holds is not signed, and nothing is said of it")
    if release.site != part.site:
        message = f"this is for site {release.site}, and this host is at {part.site}"
        raise RefusedError(Reason.OTHER_SITE, message)
    if (release.plan, release.sequence) != (part.plan, part.sequence):
        message = f"this is about sequence {release.sequence}, and {part.sequence} of its own plan holds here"
        raise RefusedError(Reason.OLDER, message)
    return release
