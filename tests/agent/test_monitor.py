"""`placelang monitor`: over a fleet, as a store heard of it, and in place on a terminal."""

from __future__ import annotations

import json
from collections import deque
from io import StringIO

import numpy as np
import pytest

from placelang.cli.exits import Exit
from placelang.store import Store, clock
from placelang_runtime.cli.live import Trends, show_live, sparkline
from placelang_runtime.drift.watcher import Watcher
from placelang_runtime.report import Report, ReportedModel
from placelang_runtime.watch.seen import Figures
from tests.agent.test_upstream import facts
from tests.cli.console import Console
from tests.drift.worlds import baseline, normal

URL = "sqlite:///fleet.db"


@pytest.fixture(scope="module")
def sketches() -> list[str]:
    """Of three servers, of which the last met something else."""
    drawn = baseline({"x": normal(0, 5_000)})
    found = []
    for seed in range(3):
        watcher = Watcher("shop.score", "1", drawn)
        for row in normal(seed, 400, shift=3.0 * (seed == 2)):
            watcher.note(None, {"x": row[None]}, {"y": np.zeros((1, 1), np.float32)}, 0.004)
        found.append(watcher.sketched().model_dump_json())
    return found


def report(host: str, sketches: str | None, drift: float, sequence: int = 1, version: str = "1") -> Report:
    numbers: Figures = {"errors": 0.0, "latency": {"p95": 4.0}, "drift": {"input": drift}}
    served = ReportedModel(
        service="shop.scorer", replica=f"shop.scorer@{host}/1", model="shop.score", version=version,
        numbers=numbers, sketches=sketches,
    )  # fmt: skip
    return Report(
        host=host, site=host.partition("-")[0], sequence=sequence, sent=0, part=None, holds=None, settled=True,
        facts=facts(host), happened=(), used=(), models=(served,),
    )  # fmt: skip


@pytest.fixture
def fleet(console: Console, sketches: list[str]) -> Console:
    """With a store that three hosts told of their models."""
    with Store(URL, create=True) as made:
        for number, host in enumerate(("gbg-1", "oslo-1", "rome-1")):
            made._connection.execute("INSERT INTO agents (host, id, key) VALUES (?, ?, '')", (host, host))  # noqa: SLF001
            long_ago = 3_600_000 * (number == 1)
            made.hear(report(host, sketches[number], 1.0 * (number == 2)), now=clock() - long_ago)
    return console


def test_what_hosts_met_is_added_up(fleet: Console) -> None:
    shown = fleet.run("monitor", "-i", URL, "--once").out
    assert "\x1b" not in shown
    lines = shown.splitlines()
    assert lines[0] == "shop.score 1"
    assert [line.split()[0] for line in lines[2:5]] == ["gbg-1", "oslo-1", "rome-1"]
    assert "offline: 1 h ago" in lines[3]
    assert lines[5] == "together, 3 of 3: 1,200 requests of an hour, p95 latency 4 ms"
    assert lines[6].startswith("  drift of inputs 0.9")
    assert lines[6].endswith(" over 1,200 rows, most of x[0]")


def test_programs_read_the_same(fleet: Console) -> None:
    (model,) = json.loads(fleet.run("monitor", "-i", URL, "--once", "--json").out)["models"]
    assert [one["host"] for one in model["served"]] == ["gbg-1", "oslo-1", "rome-1"]
    assert model["all"]["rows"] == 1_200
    assert model["all"]["inputs"]["x[0]"]["drifted"]
    assert not model["all"]["inputs"]["x[1]"]["drifted"]


@pytest.mark.usefixtures("fleet")
def test_sketches_stay_until_there_are_newer_ones_or_another_version() -> None:
    with Store(URL) as again:
        again.hear(report("gbg-1", None, 0.5, sequence=2), now=clock())
        first = again.models()[0]
        assert first.numbers is not None
        assert (first.numbers["drift"], bool(first.sketches)) == ({"input": 0.5}, True)
        again.hear(report("gbg-1", None, 0.5, sequence=3, version="2"), now=clock())
        newer = again.models()[0]
        assert (newer.version, newer.sketches) == ("2", None)
        gone = report("gbg-1", None, 0.5, sequence=4).model_copy(update={"models": ()})
        again.hear(gone, now=clock())
        assert [one.host for one in again.models()] == ["oslo-1", "rome-1"]


def test_what_a_host_sends_that_is_no_sketch_is_told_and_the_others_count(fleet: Console) -> None:
    with Store(URL) as again:
        again.hear(report("gbg-1", "{\x1b[31m", 0.5, sequence=2), now=clock())
    shown = fleet.run("monitor", "-i", URL, "--once").out
    assert "gbg-1: not added up: no sketches" in shown
    assert "together, 2 of 3" in shown
    assert "\x1b" not in shown


def test_without_an_agent_the_host_is_told_what_is_missing(console: Console) -> None:
    assert "no agent owns" in console.run("monitor", "--state", "nowhere", "--once", code=Exit.WORLD).err


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("terminal", "begins"), [(True, "\x1b[?1049h\x1b[?25l\x1b[H\x1b[J1"), (False, "1")])
def test_an_interrupt_ends_it_and_leaves_the_terminal_as_it_was(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, begins: str
) -> None:
    looks = iter([1, 2])

    def look() -> int:
        for number in looks:
            return number
        raise KeyboardInterrupt

    shown = Terminal() if terminal else StringIO()
    monkeypatch.setattr("sys.stdout", shown)
    assert show_live(look, str, 0.0, once=False) == Exit.DONE
    assert shown.getvalue().startswith(begins)
    assert shown.getvalue().endswith("\x1b[?25h\x1b[?1049l" if terminal else "12")


def test_a_course_is_bars_from_the_least_to_the_largest() -> None:
    assert sparkline([0, 5, 10, None, 7]) == "▁▅█ ▆"
    assert sparkline(deque([3.0, 3.0])) == "▁▁"
    trends = Trends()
    assert [trends.add("a", value) for value in (1.0, 2.0)] == ["", "▁█"]
