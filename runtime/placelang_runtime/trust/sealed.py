"""Signed documents in DSSE envelopes (https://github.com/secure-systems-lab/dsse): bytes, what kind they are of, and
signatures over both.

What is read is checked before it is believed: the payload is parsed only once a trusted key is known to have signed
it.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from placelang_runtime.trust.keys import PrivateKey, PublicKey
from placelang_runtime.trust.refused import Reason, RefusedError

MOST_BYTES = 256 << 20
"""A larger envelope is refused unread."""
MOST_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class Opened:
    """A payload as it was signed, and the trusted keys that signed it, by id."""

    payload: bytes
    signers: tuple[str, ...]


def seal(payload: bytes, kind: str, keys: Iterable[PrivateKey]) -> bytes:
    """The envelope, signed with each of the keys: one line of JSON."""
    message = _to_sign(kind, payload)
    envelope = {
        "payloadType": kind,
        "payload": b64encode(payload).decode("ascii"),
        "signatures": [
            {"keyid": key.public.id, "sig": b64encode(key.sign(message)).decode("ascii")} for key in keys
        ],
    }
    return json.dumps(envelope).encode("ascii") + b"\n"


def open_sealed(envelope: bytes, kind: str, trusted: Sequence[PublicKey]) -> Opened:
    """The payload of an envelope of this kind that a trusted key signed. Raises `RefusedError`."""
    payload, found, signatures = _read(envelope)
    if found != kind:
        raise RefusedError(Reason.OTHER_KIND, f"this is signed, and is {found[:80]!r} instead of {kind!r}")
    message = _to_sign(kind, payload)
    by_id = {key.id: key for key in trusted}
    known = [(by_id[name], signature) for name, signature in signatures if name in by_id]
    signers = tuple(sorted({key.id for key, signature in known if key.made(signature, message)}))
    if signers:
        return Opened(payload, signers)
    if known:
        raise RefusedError(
            Reason.ALTERED,
            f"the signature of key {known[0][0].id} is not over this content: "
            "it was altered since, get it again from where it was signed",
        )
    named = ", ".join(sorted({name[:64] for name, _ in signatures})) or "nobody"
    raise RefusedError(
        Reason.UNKNOWN_KEY, f"signed by {named}, which is none of the keys that this host trusts"
    )


def named_keys(envelope: bytes) -> tuple[str, ...]:
    """The ids of the keys that an envelope says to be signed with, which is not checked. Raises `RefusedError`."""
    return tuple(name for name, _ in _read(envelope)[2])


def unchecked(envelope: bytes) -> bytes:
    """The payload, whoever signed it: for those who only pass an envelope on. Raises `RefusedError`."""
    return _read(envelope)[0]


def is_sealed(text: bytes) -> bool:
    """Whether this looks like an envelope, and not like a bare plan."""
    return b'"payloadType"' in text[:4096] or b'"signatures"' in text[-4096:]


def _to_sign(kind: str, payload: bytes) -> bytes:
    name = kind.encode()
    return b" ".join((b"DSSEv1", b"%d" % len(name), name, b"%d" % len(payload), payload))


def _read(envelope: bytes) -> tuple[bytes, str, list[tuple[str, bytes]]]:
    """Payload, kind, and signatures with the ids of their keys."""
    if len(envelope) > MOST_BYTES:
        raise RefusedError(Reason.TRUNCATED, f"larger than {MOST_BYTES} bytes, and so not read")
    try:
        data = json.loads(envelope)
        payload, kind = _bytes(data["payload"]), data["payloadType"]
        signatures = [
            (str(one.get("keyid", "")), _bytes(one["sig"])) for one in data["signatures"][:MOST_SIGNATURES]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = "truncated, or no signed document: get it again from where it was signed"
        raise RefusedError(Reason.TRUNCATED, message) from error
    if not isinstance(kind, str):
        raise RefusedError(Reason.TRUNCATED, "no signed document: it does not say of what kind it is")
    return payload, kind, signatures


def _bytes(text: str) -> bytes:
    """Bytes in either alphabet of base64, as DSSE allows."""
    decode = urlsafe_b64decode if "-" in text or "_" in text else b64decode
    return decode(text.encode("ascii"))
