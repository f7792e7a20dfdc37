"""Connections that do not wait for their clients for ever.

A request has so many seconds to be whole, from its first byte; a response so many to be taken; a connection that says
nothing fewer still. There are so many connections at most: for one more, the oldest that has no whole request in hand
is cut, so that a thousand slow clients keep nobody out who has something to ask.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from placelang_runtime.serve.limits import Limits

LONGEST_HEAD: Final = 64 << 10
"""Bytes of a request before its body."""
_TOO_LONG: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class Connection(HttpToolsProtocol):
    """`there` are all of one server together, the oldest first."""

    limits: ClassVar[Limits]
    there: ClassVar[dict[Connection, None]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.receiving: asyncio.TimerHandle | None = None
        self.sending: asyncio.TimerHandle | None = None
        self.head: int | None = 0
        """Bytes of it so far, None once it is whole."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.there) >= self.limits.connections:
            next((one for one in self.there if one.waits), self).cut()
        if not transport.is_closing():
            self.there[self] = None
            self.receiving = self.loop.call_later(self.limits.idle, self.cut)

    @property
    def waits(self) -> bool:
        """Whether it waits for its client, not its client for it."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def cut(self) -> None:
        self.there.pop(self, None)
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.there.pop(self, None)
        _cancel(self.receiving)
        _cancel(self.sending)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.head is not None:
            self.head += len(data)
        super().data_received(data)
        if self.head is not None and self.head > LONGEST_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        _cancel(self.receiving)
        self.receiving = self.loop.call_later(self.limits.seconds, self.cut)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.head = 0
        _cancel(self.receiving)
        super().on_message_complete()

    def pause_writing(self) -> None:
        _cancel(self.sending)
        self.sending = self.loop.call_later(self.limits.seconds, self.cut)
        super().pause_writing()

    def resume_writing(self) -> None:
        _cancel(self.sending)
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Cut, not close: what was not taken by now is not waited for."""
        self.cut()


def connections(limits: Limits, there: dict[Connection, None]) -> type[Connection]:
    """The kind of connection that keeps to these limits."""
    return type("Connection", (Connection,), {"limits": limits, "there": there})


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
