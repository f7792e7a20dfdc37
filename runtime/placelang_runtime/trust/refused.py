"""`RefusedError`: why a host does not believe what it was handed."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """One word for each way in which a document can be wrong; no two share one."""

    NOT_SIGNED = "not-signed"
    """A bare plan, where signatures are required."""
    TRUNCATED = "truncated"
    """The document ends too early, or is none."""
    ALTERED = "altered"
    """A signature of a trusted key is there, and is not over these bytes."""
    UNKNOWN_KEY = "unknown-key"
    """No trusted key signed."""
    OTHER_KIND = "other-kind"
    """Signed, and something else than what is read here."""
    OTHER_SITE = "other-site"
    OTHER_HOST = "other-host"
    OLDER = "older"
    """Its sequence is below the accepted one."""
    REPLAYED = "replayed"
    """Its sequence is the accepted one, with other content."""
    EXPIRED = "expired"
    """Too late to be accepted."""
    NO_KEY_LEFT = "no-key-left"
    """After this change of keys, none would be trusted."""


class RefusedError(ValueError):
    """A document that is not believed; the message says why, and what to do."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
