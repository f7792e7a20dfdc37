"""What every driver promises, held against all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from placelang_runtime.drivers import DriverError
from placelang_runtime.drivers.docker import DockerDriver
from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.drivers.process import ProcessDriver
from placelang_runtime.part import Volume
from tests.engines import Engine
from tests.runtime.benches import PLAN, Bench, DockerBench, MemoryBench, ProcessBench, found, given

ON = "trap exit TERM; while :; do sleep 0.05; done"


@pytest.fixture(params=["memory", "process", "docker"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "docker":
        engine: Engine = request.getfixturevalue("engine")
        yield DockerBench(engine, DockerDriver("gbg-1", engine.address))
    elif request.param == "process":
        driver = ProcessDriver("gbg-1", tmp_path / "processes")
        yield ProcessBench(tmp_path / "processes", driver)
        for copy in driver.copies():
            driver.remove(copy.id)
    else:
        yield MemoryBench(MemoryDriver("gbg-1", images={"box:1"}))


def test_it_answers(bench: Bench) -> None:
    version = bench.driver.version()
    assert version.name == bench.driver.name
    assert version.api


def test_containers_reach_their_host(bench: Bench) -> None:
    gateway = bench.driver.gateway()
    assert gateway is not None
    assert ip_address(gateway).is_private


def test_a_container_says_whose_it_is(bench: Bench) -> None:
    spec = bench.spec(ON)
    copy = found(bench.driver, bench.driver.create(spec, given()))
    assert (copy.name, copy.state, copy.started_at, copy.address) == (spec.name, "created", None, None)
    assert (copy.labels.host, copy.labels.site, copy.labels.plan) == ("gbg-1", "gbg", PLAN)
    assert (copy.labels.group, copy.labels.service, copy.labels.replica) == (
        "shop@gbg",
        "shop.till",
        "shop.till@gbg/1",
    )
    assert (copy.labels.container, copy.labels.spec) == ("", spec.digest)


def test_the_same_spec_is_the_same_container(bench: Bench) -> None:
    spec = bench.spec(ON)
    first = bench.driver.create(spec, given())
    assert bench.restarted().create(spec, given()) == first
    assert len(bench.driver.copies()) == 1


def test_a_new_copy_stands_beside_the_old_one(bench: Bench) -> None:
    ids = [bench.driver.create(bench.spec(ON, env={"V": value}), given()) for value in ("1", "2")]
    assert len({*ids}) == len(bench.driver.copies()) == 2


def test_start_and_stop_may_be_asked_for_again(bench: Bench) -> None:
    driver = bench.driver
    id_ = driver.create(bench.spec(ON), given())
    driver.start(id_)
    started = found(driver, id_)
    driver.start(id_)
    assert found(driver, id_) == started
    assert started.state == "running"
    assert started.started_at is not None
    driver.stop(id_, 5)
    driver.stop(id_, 5)
    assert found(driver, id_).state == "exited"


def test_what_was_stopped_starts_again(bench: Bench) -> None:
    id_ = bench.driver.create(bench.spec(ON), given())
    for _ in range(2):
        bench.driver.start(id_)
        assert found(bench.driver, id_).state == "running"
        bench.driver.stop(id_, 5)


def test_what_runs_is_seen_by_the_next_process_too(bench: Bench) -> None:
    id_ = bench.driver.create(bench.spec(ON), given())
    bench.driver.start(id_)
    other = bench.restarted()
    assert found(other, id_).state == "running"
    other.remove(id_)
    assert bench.driver.copies() == ()


def test_removing_takes_what_runs_and_may_be_asked_for_again(bench: Bench) -> None:
    id_ = bench.driver.create(bench.spec(ON), given())
    bench.driver.start(id_)
    bench.driver.remove(id_)
    bench.driver.remove(id_)
    assert bench.driver.copies() == ()


def test_what_is_gone_is_not_found(bench: Bench) -> None:
    id_ = bench.driver.create(bench.spec(ON), given())
    bench.driver.remove(id_)
    for action in (bench.driver.start, bench.driver.stop, bench.driver.usage):
        with pytest.raises(DriverError) as told:
            action(id_)
        assert told.value.kind == "not-found"


def test_what_ends_by_itself_and_may_stays_ended(bench: Bench) -> None:
    id_ = bench.driver.create(bench.spec("exit 3", restart="never"), given())
    bench.driver.start(id_)
    assert bench.until("exited", id_).exit_code == 3


def test_logs_are_the_last_lines(bench: Bench) -> None:
    id_ = bench.driver.create(bench.spec("echo one; echo two; echo three", restart="never"), given())
    bench.driver.start(id_)
    bench.until("exited", id_)
    assert b"".join(bench.driver.logs(id_, 2)) == b"two\nthree\n"
    assert b"".join(bench.driver.logs(id_, 2, follow=True)) == b"two\nthree\n"


def test_usage_is_told(bench: Bench) -> None:
    id_ = bench.driver.create(bench.spec(ON), given())
    bench.driver.start(id_)
    usage = bench.driver.usage(id_)
    assert usage.cpu_seconds >= 0
    assert usage.memory >= 0


def test_what_was_written_is_told(bench: Bench) -> None:
    id_ = bench.driver.create(bench.spec(ON), given())
    assert bench.driver.disk()[id_] >= 0


def test_a_digest_that_is_another_containers_is_not_started_twice(bench: Bench) -> None:
    spec = bench.spec(ON)
    old = bench.driver.create(spec, given())
    assert bench.driver.create(spec, replace(given(), plan="sha256:" + "6" * 64)) == old


def test_messages_are_one_line_and_safe_to_show() -> None:
    shown = str(DriverError("failed", "\x1b[31mred\nand so on" + "x" * 5000))
    assert re.fullmatch(r"[ -~…]{1,601}", shown)


def test_memory_keeps_volumes_when_containers_go() -> None:
    bench = MemoryBench(MemoryDriver("gbg-1", images={"box:1"}))
    volume = Volume(path="/data", source=None, keep=True, readonly=False)
    bench.driver.remove(bench.driver.create(bench.spec(ON, volumes=(volume,)), given()))
    (kept,) = bench.driver.volumes()
    assert (kept.replica, kept.path, kept.keep) == ("shop.till@gbg/1", "/data", True)
    bench.driver.remove_volume(kept.name)
    assert bench.driver.volumes() == ()


def test_memory_lacks_an_image_until_it_is_fetched() -> None:
    bench = MemoryBench(MemoryDriver("gbg-1"))
    with pytest.raises(DriverError, match="box:1 is not on gbg-1: fetch it first"):
        bench.driver.create(bench.spec(ON), given())
    bench.driver.fetch_image("box:1", lambda _fetched: None)
    assert bench.driver.create(bench.spec(ON), given())


def test_memory_tells_of_actions_before_they_are_done() -> None:
    heard: list[tuple[str, str]] = []

    def fails(action: str, of: str) -> None:
        heard.append((action, of))
        if action == "start":
            raise DriverError("failed", "no")

    bench = MemoryBench(MemoryDriver("gbg-1", images={"box:1"}, on=fails))
    id_ = bench.driver.create(bench.spec(ON), given())
    with pytest.raises(DriverError):
        bench.driver.start(id_)
    assert found(bench.driver, id_).state == "created"
    assert ("start", "shop.till@gbg/1") in heard
