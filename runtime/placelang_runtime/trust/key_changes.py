"""The keys that a host trusts, and how they change without anybody going there.

A host begins with the keys in its configuration. A statement that one of the trusted keys signed adds keys and
retires others; statements are numbered, so that none is taken twice or too late. Whoever edits the configuration at
the host has the last word: the keys are then exactly those, and the number stays, so that no old statement undoes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from placelang_runtime.base import LARGEST, Document, Name
from placelang_runtime.files import write_whole
from placelang_runtime.trust.keys import BadKeyError, PrivateKey, PublicKey, parse_public
from placelang_runtime.trust.refused import Reason, RefusedError
from placelang_runtime.trust.sealed import open_sealed, seal

FORMAT: Final = "placelang/keys/1"
KIND: Final = "application/vnd.placelang.keys.v1+json"
FILE = "keys.json"
MOST_BYTES = 1 << 20

Keys = Annotated[tuple[Name, ...], Field(max_length=64)]


class KeyChange(Document):
    """`adds` are public keys, `retires` ids of keys."""

    format: Literal["placelang/keys/1"] = FORMAT
    sequence: Annotated[int, Field(ge=1, le=LARGEST)]
    adds: Keys
    retires: Keys


class Trusted(Document):
    """The keys in force. `configured` are those of the configuration that `keys` began with, and `sequence` is that of
    the last change."""

    configured: Keys
    sequence: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    keys: Keys

    def public(self) -> tuple[PublicKey, ...]:
        return tuple(parse_public(key) for key in self.keys)


def sign_change(change: KeyChange, keys: Sequence[PrivateKey]) -> bytes:
    """The change as an envelope."""
    for key in change.adds:
        parse_public(key)
    return seal(change.model_dump_json().encode(), KIND, keys)


def changed(trusted: Trusted, envelope: bytes) -> Trusted:
    """The keys in force after a signed change. Raises `RefusedError`."""
    opened = open_sealed(envelope, KIND, trusted.public())
    try:
        change = KeyChange.model_validate_json(opened.payload)
        adds = [str(parse_public(key)) for key in change.adds]
    except (ValidationError, BadKeyError) as error:
        raise RefusedError(
            Reason.OTHER_KIND, "signed, and no change of keys that this version reads"
        ) from error
    if change.sequence <= trusted.sequence:
        message = f"its sequence is {change.sequence}, and {trusted.sequence} is in force already"
        raise RefusedError(Reason.OLDER, message)
    left = sorted({*trusted.keys, *adds})
    keys = tuple(key for key in left if parse_public(key).id not in change.retires)
    if not keys:
        raise RefusedError(
            Reason.NO_KEY_LEFT, "it retires every key that this host trusts: add one in the same change"
        )
    return trusted.model_copy(update={"sequence": change.sequence, "keys": keys})


def read_trusted(folder: Path, configured: Iterable[PublicKey]) -> Trusted:
    """The keys in force, from the configuration and what is kept in the state folder. Raises OSError, and `BadKeyError`
    where what is kept cannot be read: else a key that was retired would be trusted again."""
    anchors = tuple(sorted(str(key) for key in configured))
    try:
        with (folder / FILE).open("rb") as file:
            kept = Trusted.model_validate_json(file.read(MOST_BYTES))
            kept.public()
    except FileNotFoundError:
        return Trusted(configured=anchors, keys=anchors)
    except (ValidationError, BadKeyError) as error:
        message = (
            "is damaged: remove it to trust the keys of the configuration, and no retired key among them"
        )
        raise BadKeyError(f"{folder / FILE} {message}") from error
    if kept.configured == anchors:
        return kept
    return Trusted(configured=anchors, sequence=kept.sequence, keys=anchors)


def keep_trusted(folder: Path, trusted: Trusted) -> None:
    """Keep the keys in force, whole or not at all. Raises OSError."""
    text = json.dumps(trusted.model_dump(mode="json"), indent=2) + "\n"
    write_whole(folder / FILE, text.encode(), mode=0o600)
