"""What a model server takes at most."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Limits:
    """`threads` of one run of a model; rows in a `batch`; requests in the `queue` of a model; bytes of one `body`,
    and of all `bodies` in hand; open `connections`; `seconds` in which a request has to arrive, and a response to be
    taken; and the `idle` ones that a connection may say nothing."""

    threads: int = field(default_factory=processors)
    batch: int = 16
    queue: int = 128
    body: int = 64 << 20
    bodies: int = 256 << 20
    connections: int = 512
    seconds: float = 30
    idle: float = 15


OPTIONS: Final = {
    "threads": "threads of one run of a model; as many as there are processors, if left out",
    "batch": "rows of requests that run together, 16 if left out",
    "queue": "requests that wait for a model, 128 if left out",
    "body": "bytes of one request, 67108864 if left out",
    "bodies": "bytes of all requests in hand, 268435456 if left out",
    "connections": "open connections, 512 if left out",
    "seconds": "seconds in which a request arrives and a response is taken, 30 if left out",
    "idle": "seconds that a connection says nothing, 15 if left out",
}
"""Those of the command line."""
