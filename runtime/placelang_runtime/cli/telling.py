"""What is said while engines are at work, and of what came of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import count, emit, listed, write
from placelang_runtime.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from placelang_runtime.apply.scene import Event
    from placelang_runtime.apply.told import Told, ToldFailure, ToldGate

CLEAR: Final = "\r\x1b[K"
_DID: Final = {
    "fetch-image": "fetched",
    "fetch-model": "fetched",
    "load-image": "passed on",
    "remove-image": "removed",
    "remove-volume": "removed",
}
_DONE: Final = {"start": "runs", "stop": "stopped", "switch": "leads to"}
_DOING: Final = {
    "fetch": "fetching",
    "fetch-model": "fetching",
    "start": "starting",
    "switch": "switching to",
    "stop": "stopping",
    "clean": "removing",
    "run": "running",
    "end": "noting the end of",
    "prove": "checking",
    "ready": "checking",
}
MOST: Final = 20


class Teller:
    """Tells what is done, line by line; on a terminal also what is being done."""

    def __init__(self, *, as_json: bool) -> None:
        self._silent = as_json
        self._live = sys.stderr.isatty() and not as_json

    def __call__(self, event: Event) -> None:
        word = None
        match event.kind:
            case "did":
                word = _DID.get(event.task)
            case "done":
                word = _DONE.get(event.task)
            case "trying-again":
                word = "trying again"
            case "begun" if self._live:
                write(
                    sys.stderr,
                    f"{CLEAR}{_DOING[event.task]} {printable(event.of)} on {printable(event.host)} …",
                )
            case "fetching" if self._live:
                said = f"{printable(event.of)} on {printable(event.host)}: {event.message} bytes"
                write(sys.stderr, f"{CLEAR}fetching {said}")
        if word is not None and not self._silent:
            self.clear()
            message = f": {event.message}" if event.message else ""
            emit(f"{printable(event.host):12}  {word:9}  {printable(event.of)}{printable(message)}\n")

    def clear(self) -> None:
        """Take away what is being done."""
        if self._live:
            write(sys.stderr, CLEAR)


def tell(told: Told, *, as_json: bool, dry: bool = False) -> Exit:
    """Tell what came of it; the exit code that goes with it."""
    if as_json:
        emit(told.model_dump_json(indent=2, by_alias=True) + "\n")
    else:
        emit("".join(f"{line}\n" for line in _lines(told, dry=dry)))
    if told.unreachable:
        return Exit.WORLD
    return Exit.DONE if told.outcome == "done" and not told.refused else Exit.PARTIAL


def _lines(told: Told, *, dry: bool) -> list[str]:
    lines = [
        f"refused: {printable(one.of)} on {printable(one.host)}: {printable(one.why)}" for one in told.refused
    ]
    for failure in [failure for failure in told.failures if failure.after is None]:
        lines += _failure_lines(failure)
    lines += _held_lines(told)
    lines += [f"{host} does not answer: {printable(why)}" for host, why in told.unreachable.items()]
    if told.unreachable:
        lines.append("nothing is lost: apply again, and it goes on where it ended")
    others = sorted({wait.host or "other sites" for wait in told.waiting})
    for other in others:
        waits = [printable(wait.of) for wait in told.waiting if (wait.host or "other sites") == other]
        lines.append(f"waits for {other}: {listed(waits, MOST)}")
    hosts = [other for other in others if other != "other sites"]
    if hosts:
        lines.append(f"apply there, then here again with --done {' --done '.join(hosts)}")
    lines += gate_lines(told.gates)
    deeds = count(told.deeds, "thing")
    if told.outcome == "done":
        done = f"{deeds} would be done" if dry else f"{deeds} done"
        if told.refused:
            done += f", if not for {count(len(told.refused), 'refusal')}"
        lines.append(f"{told.site}: {done if told.deeds else 'as planned, nothing to do'}")
    else:
        lines.append(f"{told.site}: done in part, {deeds}")
    return lines


def gate_lines(gates: Sequence[ToldGate]) -> list[str]:
    """What waits for what, a line for each app and host that wait for the same."""
    found: dict[tuple[str, str, str, str], int] = {}
    for gate in gates:
        until = "" if gate.until is None else f", until {gate.until}"
        key = gate.app, gate.host, gate.why, until
        found[key] = found.get(key, 0) + 1
    lines = [f"waits: {app} on {host}: {why}{until}" for app, host, why, until in found]
    if any(gate.until is not None for gate in gates):
        lines.append("an agent goes on by itself; without one, apply again then")
    return [printable(line) for line in lines]


def _failure_lines(failure: ToldFailure) -> list[str]:
    head = f"failed: {printable(failure.of)} on {printable(failure.host)}: {printable(failure.why)}"
    return [head, *(f"  | {printable(line)}" for line in failure.log.splitlines())]


def _held_lines(told: Told) -> list[str]:
    lines = []
    for group in sorted({hold.group for hold in told.held}):
        holds = [hold for hold in told.held if hold.group == group]
        back = sorted(hold.host for hold in holds if hold.to is not None)
        never = sorted(hold.host for hold in holds if hold.to is None)
        if back:
            lines.append(f"{printable(group)} went back to what ran before on {', '.join(back)}")
        if never and not back:
            lines.append(f"{printable(group)} is stopped on {', '.join(never)}: it never ran well before")
    return lines
