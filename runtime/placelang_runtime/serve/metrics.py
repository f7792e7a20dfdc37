"""What a model server tells of itself, for Prometheus. No name that a client makes up becomes a label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

from placelang_runtime.serve.manifest import Entry

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
)  # fmt: skip
_ROWS: Final = (1, 2, 4, 8, 16, 32, 64, 128)
_OF: Final = ("model", "version")


@dataclass(frozen=True, slots=True)
class Meter:
    """What is counted of one version of a model."""

    seconds: Histogram
    rows: Histogram
    requests: Counter
    of: tuple[str, str]
    counted: dict[int, Counter] = field(default_factory=dict)

    def answered(self, status: int, seconds: float) -> None:
        if status not in self.counted:
            self.counted[status] = self.requests.labels(*self.of, str(status))
        self.counted[status].inc()
        self.seconds.observe(seconds)


class Metrics:
    """All of it, in a registry of its own."""

    def __init__(self) -> None:
        self._all: Final = CollectorRegistry()
        self._requests = self._counter(
            "requests", "Requests for inference, by what they were answered", "status"
        )
        self._loads = self._counter("loads", "Attempts to load a version of a model", "result")
        self._seconds = Histogram(
            "placelang_serve_request_seconds", "From the whole request to its response",
            _OF, buckets=_SECONDS, registry=self._all,
        )  # fmt: skip
        self._rows = Histogram(
            "placelang_serve_batch_rows", "Rows that ran together", _OF, buckets=_ROWS, registry=self._all
        )
        self._queue = self._gauge("queue", "Requests that wait for the model")
        self._served = self._gauge("model_info", "A version that is loaded, 1", "digest")
        self._bytes = Gauge("placelang_serve_body_bytes", "Bytes of requests in hand", registry=self._all)
        self._connections = Gauge("placelang_serve_connections", "Open connections", registry=self._all)

    def _counter(self, name: str, said: str, *labels: str) -> Counter:
        return Counter(f"placelang_serve_{name}", said, (*_OF, *labels), registry=self._all)

    def _gauge(self, name: str, said: str, *labels: str) -> Gauge:
        return Gauge(f"placelang_serve_{name}", said, (*_OF, *labels), registry=self._all)

    def loaded(self, entry: Entry, queue: Callable[[], int]) -> Meter:
        """A version begins to serve."""
        of = (entry.name, entry.version)
        self._loads.labels(*of, "done").inc()
        self._served.labels(*of, entry.digest or "").set(1)
        self._queue.labels(*of).set_function(queue)
        return Meter(self._seconds.labels(*of), self._rows.labels(*of), self._requests, of)

    def failed(self, entry: Entry) -> None:
        """It could not be loaded."""
        self._loads.labels(entry.name, entry.version, "failed").inc()

    def dropped(self, entry: Entry) -> None:
        """It serves no more; what was counted stays."""
        self._served.remove(entry.name, entry.version, entry.digest or "")
        self._queue.remove(entry.name, entry.version)

    def refused(self, status: int) -> None:
        """A request that was for no model that there is, or that never became whole."""
        self._requests.labels("", "", str(status)).inc()

    def bodies(self, taken: Callable[[], int]) -> None:
        """What tells how many bytes of requests are in hand."""
        self._bytes.set_function(taken)

    def connections(self, there: Callable[[], int]) -> None:
        """What tells how many connections are open."""
        self._connections.set_function(there)

    def also(self, more: Collector) -> None:
        """What tells more, whenever it is asked."""
        self._all.register(more)

    def text(self) -> bytes:
        """In the text format of Prometheus."""
        return generate_latest(self._all)
