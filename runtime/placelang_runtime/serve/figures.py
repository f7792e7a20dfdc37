"""What is known of served models, for Prometheus: asked of watchers and of trials when somebody wants it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from placelang_runtime.serve.models import Models

_OF: Final = ("model", "version")
_TRIED: Final = {
    "asked": "Requests that a version on trial got",
    "failed": "Requests that it failed at",
    "compared": "Answers of it, row by row, that were compared with those of the version that serves",
    "agreed": "Those that agreed",
}


@dataclass(frozen=True, slots=True, eq=False)
class Figures(Collector):
    models: Models

    def collect(self) -> Iterator[Metric]:
        yield from self._watched()
        yield from self._tried()

    def _watched(self) -> Iterator[Metric]:
        drift = _gauge("drift", "How far the last 1,000 rows are from the baseline, 0 to 1", "side")
        confidence = _gauge("confidence", "How sure the model was within the last minute", "statistic")
        accuracy = _gauge("accuracy_ratio", "Answers that people found right within a day, of those judged")
        for model, versions in self.models.serving.items():
            for version, batcher in versions.items():
                of, numbers = (model, version), batcher.watcher.numbers()
                for metric, name in ((drift, "drift"), (confidence, "confidence")):
                    found = numbers.get(name, {})
                    for which, value in found.items() if isinstance(found, dict) else ():
                        metric.add_metric((*of, which), value)
                percent = numbers.get("accuracy")
                if isinstance(percent, float):
                    accuracy.add_metric(of, percent / 100)
        yield from (drift, confidence, accuracy)

    def _tried(self) -> Iterator[Metric]:
        """Of trials that go on or are over, for as long as the server serves what was tried, or keeps the reason."""
        for name, said in _TRIED.items():
            metric = CounterMetricFamily(f"placelang_serve_trial_{name}", said, labels=(*_OF, "phase"))
            for model, trial in self.models.trials.items():
                for phase, counted in trial.counts.items():
                    version = trial.new.loaded.entry.version
                    metric.add_metric((model, version, phase), getattr(counted, name))
            yield metric


def _gauge(name: str, said: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"placelang_serve_{name}", said, labels=(*_OF, *labels))
