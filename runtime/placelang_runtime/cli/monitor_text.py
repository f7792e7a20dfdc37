"""What is measured of models and services, as people read it: rows with a course of their values, and rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from placelang_runtime.cli.live import Trends
from placelang_runtime.printable import printable

if TYPE_CHECKING:
    from placelang_runtime.watch.seen import Figures, Seen, SeenHost

UNKNOWN: Final = "-"
_BOLD, _RED, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[0m"
MODEL_COLUMNS: Final = ("p95", "", "errors", "per s", "drift in", "", "drift out", "confidence", "accuracy")
SERVICE_COLUMNS: Final = ("service", "healthy", "checks p95", "", "restarts", "cores", "memory")


def seen_text(seen: Seen, trends: Trends, *, width: int, colour: bool) -> str:
    """What an agent sees of its hosts."""
    lines = [line for host in seen.hosts for line in _host(host, trends, colour=colour)]
    if not lines:
        lines = ["Nothing here serves models or has a monitor."]
    return "".join(f"{_cut(line, width)}\n" for line in (*lines, "", _upstream(seen)))


def _host(host: SeenHost, trends: Trends, *, colour: bool) -> Iterator[str]:
    if host.models:
        columns = ("model", "version", "on", *MODEL_COLUMNS)
        yield from table([columns, *_models(host, trends)], colour=colour)
        yield ""
    if host.services:
        yield from table([SERVICE_COLUMNS, *_services(host, trends)], colour=colour)
        yield ""
    for rule in host.rules:
        waits = f", for {rule.lasted_ms / 1000:.0f} s so far" if rule.lasted_ms and not rule.raised else ""
        state = "raised" if rule.raised else "quiet "
        said = f"{state}  {rule.target}: {rule.text} ({rule.values}){waits}"
        yield styled(printable(said), _RED if rule.raised else "", colour=colour)


def _models(host: SeenHost, trends: Trends) -> Iterator[tuple[str, ...]]:
    for one in host.models:
        key = host.host, one.replica, one.model
        yield one.model, one.version, one.replica, *model_cells(one.numbers, trends, key)


def _services(host: SeenHost, trends: Trends) -> Iterator[tuple[str, ...]]:
    for one in host.services:
        yield one.service, *_service(one.numbers, trends, (host.host, one.service))


def _upstream(seen: Seen) -> str:
    if seen.reports is None:
        return f"{printable(seen.site)}: reports to nobody"
    if not seen.trouble:
        return f"{printable(seen.site)}: reports to {printable(seen.reports)}"
    waits = f"; {seen.unheard} events wait" if seen.unheard else ""
    return f"{printable(seen.site)} is offline: {printable(seen.reports)}: {printable(seen.trouble)}{waits}"


def model_cells(numbers: Figures | None, trends: Trends, key: object) -> tuple[str, ...]:
    """Those of `MODEL_COLUMNS`."""
    found = numbers or {}
    p95, drift = _of(found, "latency", "p95"), _of(found, "drift", "input")
    return (
        _said(p95, " ms"),
        trends.add((key, "p95"), p95),
        _said(_of(found, "errors"), " %"),
        _said(_of(found, "throughput")),
        _said(drift),
        trends.add((key, "drift"), drift),
        _said(_of(found, "drift", "output")),
        _said(_of(found, "confidence", "mean")),
        _said(_of(found, "accuracy"), " %"),
    )


def _service(numbers: Figures, trends: Trends, key: object) -> tuple[str, ...]:
    p95, memory = _of(numbers, "latency", "p95"), _of(numbers, "memory")
    return (
        _said(_of(numbers, "health"), " %"),
        _said(p95, " ms"),
        trends.add((key, "p95"), p95),
        _said(_of(numbers, "restarts")),
        _said(_of(numbers, "cpu")),
        UNKNOWN if memory is None else f"{memory / (1 << 20):.0f} MiB",
    )


def _of(numbers: Figures, name: str, of: str | None = None) -> float | None:
    found = numbers.get(name)
    if isinstance(found, dict):
        return found.get(of or "")
    return found if of is None else None


def _said(value: float | None, unit: str = "") -> str:
    return UNKNOWN if value is None else f"{value:.3g}{unit}" if abs(value) < 1000 else f"{value:.0f}{unit}"  # noqa: PLR2004


def table(rows: Sequence[tuple[str, ...]], *, colour: bool) -> Iterator[str]:
    """Columns under each other, the first row bold; one that is empty takes no room."""
    shown = [tuple(map(printable, row)) for row in rows]
    widths = [max(len(row[column]) for row in shown) for column in range(len(rows[0]))]
    for number, row in enumerate(shown):
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True) if width)
        yield styled("  ".join(cells).rstrip(), "" if number else _BOLD, colour=colour)


def styled(text: str, style: str, *, colour: bool) -> str:
    """The text, in colour if that is wanted."""
    return f"{style}{text}{_PLAIN}" if style and colour else text


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width or line.startswith("\x1b") else f"{line[: width - 1]}…"
