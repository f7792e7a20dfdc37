"""Ed25519 keys: files, how they are written in texts, and what they are called.

A private key is a PEM file (PKCS #8) that nobody but its owner may read, which is held when it is written and each time
that it is read. A public key is one word, `ed25519:` and its 32 bytes in base64, which fits a line of a configuration.
A key's id is a digest of the public key, so nobody can claim another's.
"""

from __future__ import annotations

import hashlib
import os
import stat
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

PREFIX = "ed25519:"
MOST_BYTES = 16_384
"""A larger file holds no key."""
_ID_DIGITS = 16


class BadKeyError(ValueError):
    """A file or a text that is no key, or not safely kept; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What tells whether a signature was made with its private half."""

    raw: bytes

    @property
    def id(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:_ID_DIGITS]

    def __str__(self) -> str:
        return PREFIX + b64encode(self.raw).decode("ascii")

    def made(self, signature: bytes, message: bytes) -> bool:
        """Whether the private half made this signature over this message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """What signs. Its text is that of its public half, so that no message can give it away."""

    held: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.held.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public.id})"

    def sign(self, message: bytes) -> bytes:
        return self.held.sign(message)


def parse_public(text: str, shown_by: str = "placelang key show") -> PublicKey:
    """The public key that a word writes, as a command shows it. Raises `BadKeyError`."""
    word = text.strip()
    try:
        raw = b64decode(word.removeprefix(PREFIX), validate=True)
        if word.startswith(PREFIX) and len(raw) == len(
            Ed25519PublicKey.from_public_bytes(raw).public_bytes_raw()
        ):
            return PublicKey(raw)
    except (NotBase64, ValueError):
        pass
    raise BadKeyError(f"{word[:64]!r} is no public key: it is one word such as {PREFIX}… (`{shown_by}`)")


def new_private(path: Path) -> PrivateKey:
    """A new private key in a new file of mode 0600. Raises `BadKeyError` where there is a file, or OSError."""
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise BadKeyError(f"{path} is there already, and no key is ever written over") from error
    with os.fdopen(handle, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return PrivateKey(key)


def read_private(path: Path) -> PrivateKey:
    """The private key in a file that only its owner may read. Raises `BadKeyError` or OSError."""
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise BadKeyError(
                f"{path} may be read by others (mode {mode:04o}): `chmod 600 {path}`, or make a new key"
            )
        text = file.read(MOST_BYTES + 1)
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKeyError(
            f"{path} holds no private key that can be read: make one with `placelang key new`"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKeyError(
            f"{path} holds a key of another kind than Ed25519: make one with `placelang key new`"
        )
    return PrivateKey(key)
