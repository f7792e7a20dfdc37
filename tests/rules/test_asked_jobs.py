"""Jobs that rules ask for: once, now, wherever there is room."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from placelang_runtime.jobs.asked import OPEN, ask
from tests.apply.test_jobs import HOST, SINCE, TRAIN, Nights

MINUTE = timedelta(minutes=1)


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path, TRAIN)


def asked(nights: Nights, job: str = "a.train", host: str = HOST, *, after: timedelta = 0 * MINUTE) -> str:
    return ask(nights.part, host, nights.journal, job, SINCE + after)


def test_a_job_that_was_asked_for_runs_once_at_once(nights: Nights) -> None:
    assert nights.due(SINCE) == []
    assert asked(nights) == "is run"
    assert nights.go(SINCE) == ["began a.train"]
    nights.ends("a.train", 0)
    assert nights.go(SINCE + 5 * MINUTE) == ["well a.train"]
    assert nights.due(SINCE + 10 * MINUTE) == []


def test_it_is_asked_for_once_until_it_began(nights: Nights) -> None:
    assert asked(nights) == "is run"
    assert asked(nights, after=MINUTE) == "is asked for already"
    nights.go(SINCE + 2 * MINUTE)
    assert asked(nights, after=3 * MINUTE) == "is run"


def test_it_waits_for_room_a_day(tmp_path: Path) -> None:
    nights = Nights(tmp_path, TRAIN, TRAIN.replace("train", "count"))
    assert asked(nights, "a.count") == "is run"
    assert nights.go(SINCE) == ["began a.count"]
    assert asked(nights, after=MINUTE) == "is run"
    assert nights.due(SINCE + MINUTE) == ["a.count"]
    nights.ends("a.count", 0)
    nights.go(SINCE + 2 * MINUTE)
    assert nights.due(SINCE + 3 * MINUTE) == ["a.train"]
    assert "a.train" not in nights.due(SINCE + OPEN + 2 * MINUTE)


def test_another_host_runs_it_where_it_holds_nothing_of_its_own(nights: Nights) -> None:
    assert asked(nights, host="gbg-2") == "is run"
    assert nights.due(SINCE) == []


def test_a_job_that_is_not_planned_anywhere_is_told(nights: Nights) -> None:
    assert asked(nights, "a.count") == (
        "cannot be run here: the plan has no run of it that this host could take"
    )
