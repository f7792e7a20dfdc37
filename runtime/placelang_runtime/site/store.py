"""The quorum store of a site: etcd, asked over its JSON gateway, in one kind of request.

A request is a transaction: if all that is `expected` holds, `changes` are made, and either way the records as they are
right after are answered. The store makes such transactions one after the other, on a majority, on the disk. Where no
answer comes nobody knows whether it was made. What a voter does not answer is asked of the next one at once: it may
then be made and answered as not made, which the records tell.
"""

from __future__ import annotations

import json
import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from typing import Any, Final

MOST_BYTES: Final = 1 << 22
_JSON: Final = {"Content-Type": "application/json"}
_LED: Final = _JSON | {"Grpc-Metadata-hasleader": "true"}
"""With this a voter that has no leader says so, and does not wait for one."""


class StoreError(Exception):
    """No answer: whether a change was made is not known."""


@dataclass(frozen=True, slots=True)
class Record:
    """What stands under a name. `created` tells it from any other that stood there before or will; `changed` tells each
    time that it was written from any other."""

    value: bytes
    created: int
    changed: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What a transaction came to, and the records right after it, by name."""

    made: bool
    records: Mapping[str, Record]


@dataclass(frozen=True, slots=True)
class Expected:
    """A record was `created` then, or `changed` then; 0 for no record at all."""

    name: str
    created: int | None = None
    changed: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Write a record, or, for None, take it away."""

    name: str
    value: bytes | None


@dataclass(slots=True)
class Store:
    """Records below `folder`, in the store of which these addresses are voters. The one that answered last is asked
    first, and each has `timeout` seconds."""

    folder: str
    addresses: Sequence[tuple[str, int]]
    context: ssl.SSLContext
    timeout: float
    _connection: HTTPSConnection | None = field(default=None, repr=False)
    _turn: int = 0

    def commit(self, expected: Sequence[Expected] = (), changes: Sequence[Change] = ()) -> Seen:
        """Raises StoreError where no voter answers."""
        everything = {"requestRange": self._range()}
        body = {
            "compare": [self._compare(one) for one in expected],
            "success": [*(self._change(one) for one in changes), everything],
            "failure": [everything],
        }
        for _ in self.addresses[1:]:
            with suppress(StoreError):
                return self._commit(body)
        return self._commit(body)

    def _commit(self, body: Mapping[str, Any]) -> Seen:
        with self._told():
            answer = self._ask("/v3/kv/txn", body, _LED)
            found = answer["responses"][-1]["response_range"].get("kvs", ())
            return Seen(bool(answer.get("succeeded")), self._read(found))

    def look(self) -> Mapping[str, Record]:
        """The records as this voter has them, though it may be without a majority, and behind. Raises StoreError."""
        with self._told():
            answer = self._ask("/v3/kv/range", {**self._range(), "serializable": True}, _JSON)
            return self._read(answer.get("kvs", ()))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, HTTPException, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            self.close()
            self._turn += 1
            raise StoreError(str(error)) from error

    def _read(self, found: Iterable[Mapping[str, str]]) -> Mapping[str, Record]:
        return {
            name: Record(
                b64decode(one.get("value", "")), int(one["create_revision"]), int(one["mod_revision"])
            )
            for one in found
            if (name := b64decode(one["key"]).decode("utf-8", "replace").removeprefix(self.folder))
        }

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError):
                connection.close()

    def _ask(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        if self._connection is None:
            address, port = self.addresses[self._turn % len(self.addresses)]
            self._connection = HTTPSConnection(address, port, timeout=self.timeout, context=self.context)
        text = json.dumps(body).encode("ascii")
        self._connection.request("POST", path, text, headers)
        response = self._connection.getresponse()
        said = response.read(MOST_BYTES + 1)
        if response.status != 200 or len(said) > MOST_BYTES:  # noqa: PLR2004 - what HTTP says
            raise ValueError(f"{response.status}: {said[:200]!r}")
        return json.loads(said)

    def _range(self) -> dict[str, str]:
        end = self.folder[:-1] + chr(ord(self.folder[-1]) + 1)
        return {"key": _coded(self.folder), "range_end": _coded(end)}

    def _compare(self, expected: Expected) -> dict[str, str]:
        key = _coded(self.folder + expected.name)
        if expected.created is not None:
            return {"key": key, "target": "CREATE", "createRevision": str(expected.created)}
        return {"key": key, "target": "MOD", "modRevision": str(expected.changed)}

    def _change(self, change: Change) -> dict[str, Any]:
        key = _coded(self.folder + change.name)
        if change.value is None:
            return {"requestDeleteRange": {"key": key}}
        return {"requestPut": {"key": key, "value": _coded(change.value)}}


def trusting(roots: str, certificate: str, key: str) -> ssl.SSLContext:
    """TLS to whom the roots vouch for, as whom the certificate in these files says. Raises OSError, ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=roots)
    context.load_cert_chain(certificate, key)
    return context


def _coded(text: str | bytes) -> str:
    return b64encode(text.encode() if isinstance(text, str) else text).decode("ascii")
