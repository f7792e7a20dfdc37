"""How a host goes, in the text format of Prometheus."""

from __future__ import annotations

import resource
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from placelang_runtime.drivers import Copy, Driver, DriverError

if TYPE_CHECKING:
    from placelang_runtime.agent.loop import Agent

_PAGE = resource.getpagesize()
Sample = tuple[dict[str, str], float]


def metrics(agent: Agent) -> str:
    """All of them; those of containers are asked of the engine now."""
    return "".join(line + "\n" for line in _lines(agent))


def _lines(agent: Agent) -> Iterator[str]:
    view = agent.view
    host = {"host": agent.config.host, "site": view.site}
    yield from _family(
        "placelang_agent_settled", "whether everything runs as it shall", [(host, view.settled)]
    )
    yield from _family("placelang_engine_up", "whether the engine answers", [(host, not view.unreachable)])
    yield from _counter("placelang_deeds_total", "things done to the engine", [(host, view.deeds)])
    yield from _counter("placelang_failures_total", "things that failed", [(host, view.failures)])
    if view.sequence is not None:
        yield from _family("placelang_part_sequence", "the part that holds", [(host, view.sequence)])
    own = resource.getrusage(resource.RUSAGE_SELF)
    yield from _counter(
        "placelang_agent_cpu_seconds_total", "of the agent", [(host, own.ru_utime + own.ru_stime)]
    )
    yield from _family("placelang_agent_memory_bytes", "resident, of the agent", [(host, resident())])
    for driver in agent.drivers.values():
        yield from _containers(driver, view.site)


def _containers(driver: Driver, site: str) -> Iterator[str]:
    cpu: list[Sample] = []
    memory: list[Sample] = []
    running: list[Sample] = []
    restarts: list[Sample] = []
    try:
        copies = driver.copies()
    except DriverError:
        return
    for copy in copies:
        labels = _labels(copy, site)
        running.append((labels, copy.state == "running"))
        restarts.append((labels, copy.restarts))
        if copy.state == "running":
            try:
                used = driver.usage(copy.id)
            except DriverError:
                continue
            cpu.append((labels, used.cpu_seconds))
            memory.append((labels, used.memory))
    yield from _family("placelang_container_running", "whether it runs", running)
    yield from _counter("placelang_container_restarts_total", "that nobody asked for", restarts)
    yield from _counter("placelang_container_cpu_seconds_total", "that it used up", cpu)
    yield from _family("placelang_container_memory_bytes", "that it holds", memory)


def _labels(copy: Copy, site: str) -> dict[str, str]:
    said = copy.labels
    app = said.service.partition(".")[0]
    return {
        "site": site or said.site,
        "host": said.host,
        "app": app,
        "service": said.service,
        "replica": said.replica,
        "container": said.container,
    }


def _family(name: str, meaning: str, samples: Iterable[Sample], kind: str = "gauge") -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        said = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield (
            f"{name}{{{said}}} {float(value):g}"
            if not float(value).is_integer()
            else f"{name}{{{said}}} {int(value)}"
        )


def _counter(name: str, meaning: str, samples: Iterable[Sample]) -> Iterator[str]:
    return _family(name, meaning, samples, "counter")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
