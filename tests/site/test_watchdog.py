"""The watchdog, on a real engine: what it has to end, and that nothing keeps it from that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from placelang_runtime import watchdog
from placelang_runtime.containers import ContainerSpec
from placelang_runtime.drivers import DriverError
from placelang_runtime.drivers.docker import DockerDriver
from placelang_runtime.site import deadline
from placelang_runtime.site.deadline import (
    KILL,
    LEASE,
    NOTHING,
    TERM,
    Allowed,
    now,
    read_allowed,
    short_name,
    write_allowed,
)
from tests.engines import Engine
from tests.runtime.benches import DockerBench, awaited, given

HOST = f"gbg-{os.getpid()}"
"""No other watchdog on this machine is about it."""
STUBBORN = "trap '' TERM; while :; do date +%s >> /data/said; sleep 0.05; done"


@pytest.fixture
def dog(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    started = start_watchdog(tmp_path)
    awaited(lambda: deadline.watched(tmp_path), lambda at: at > 0)
    yield started
    started.kill()
    started.wait(5)


def start_watchdog(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "placelang_runtime.watchdog", HOST, str(folder)])


@pytest.fixture
def bench(engine: Engine) -> Iterator[DockerBench]:
    yield DockerBench(engine, DockerDriver(HOST, engine.address))
    engine.clear()
    forget_groups(HOST)


def forget_groups(host: str) -> None:
    """Leave no control group behind that is empty, and frozen."""
    for _, groups in watchdog.replicas(host):
        for group in groups:
            with suppress(OSError):
                group.rmdir()


def allow(folder: Path, spec: ContainerSpec, seconds: float) -> float:
    until, name = now() + seconds, short_name(HOST, spec.replica)
    write_allowed(folder, Allowed(until, frozenset({name}), frozenset({name})))
    return until


def start(bench: DockerBench, spec: ContainerSpec) -> str:
    watchdog.prepare(HOST, short_name(HOST, spec.replica))
    id_ = bench.driver.create(spec, given())
    bench.driver.start(id_)
    return id_


def is_running(spec: ContainerSpec) -> bool:
    return short_name(HOST, spec.replica) in watchdog.running(HOST)


def leased(bench: DockerBench, script: str, folder: Path) -> ContainerSpec:
    """What runs by lease, of a name that no other test has."""
    said = {"host": HOST, "leased": True, "replica": f"shop.till@{folder}/1"}
    return bench.spec(script).model_copy(update=said)


def test_what_is_leased_runs_for_as_long_as_the_lease_is_renewed_and_ends_before_it_does(
    bench: DockerBench, dog: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    spec = leased(bench, STUBBORN, tmp_path)
    allow(tmp_path, spec, LEASE)
    start(bench, spec)
    assert is_running(spec)
    until = allow(tmp_path, spec, TERM + 0.5)
    awaited(lambda: is_running(spec), lambda runs: not runs)
    assert now() < until
    assert dog.poll() is None


def test_what_is_leased_is_asked_to_end_first(
    bench: DockerBench, dog: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    spec = leased(bench, "trap 'exit 7' TERM; while :; do sleep 0.05; done", tmp_path)
    allow(tmp_path, spec, LEASE)
    id_ = start(bench, spec)
    until = allow(tmp_path, spec, TERM)
    assert bench.until("exited", id_).exit_code == 7
    assert now() < until - KILL
    assert dog.poll() is None


@pytest.mark.usefixtures("dog")
def test_an_engine_that_hangs_keeps_nothing_running(other_engine: Engine, tmp_path: Path) -> None:
    bench = DockerBench(other_engine, DockerDriver(HOST, other_engine.address))
    spec = leased(bench, STUBBORN, tmp_path)
    allow(tmp_path, spec, LEASE)
    id_ = start(bench, spec)
    assert other_engine.process is not None
    other_engine.process.send_signal(signal.SIGSTOP)
    try:
        until = allow(tmp_path, spec, TERM)
        awaited(lambda: is_running(spec), lambda runs: not runs)
        assert now() < until
    finally:
        other_engine.process.send_signal(signal.SIGCONT)
    assert bench.until("exited", id_).restarts == 0


@pytest.mark.usefixtures("dog")
def test_what_is_started_without_a_lease_does_nothing(bench: DockerBench, tmp_path: Path) -> None:
    spec = leased(bench, "echo ran; sleep 60", tmp_path)
    watchdog.prepare(HOST, short_name(HOST, spec.replica))
    other = short_name(HOST, "another")
    write_allowed(tmp_path, Allowed(now() + LEASE, frozenset({other})))
    awaited(lambda: frozen(spec), bool)
    id_ = bench.driver.create(spec, given())
    with suppress(DriverError):
        bench.driver.start(id_)
    awaited(lambda: is_running(spec), lambda runs: not runs)
    assert b"".join(bench.driver.logs(id_, 10)) == b""


def frozen(spec: ContainerSpec) -> bool:
    states = [
        (group / name).read_text(encoding="ascii").strip()
        for short, groups in watchdog.replicas(HOST)
        if short == short_name(HOST, spec.replica)
        for group in groups
        for name in ("freezer.state", "cgroup.freeze")
        if (group / name).exists()
    ]
    return bool(states) and set(states) <= {"FROZEN", "1"}


def test_a_watchdog_that_was_killed_does_its_work_once_it_is_back(bench: DockerBench, tmp_path: Path) -> None:
    spec = leased(bench, STUBBORN, tmp_path)
    write_allowed(tmp_path, NOTHING)
    start(bench, spec)
    assert is_running(spec)
    dog = start_watchdog(tmp_path)
    try:
        awaited(lambda: is_running(spec), lambda runs: not runs)
    finally:
        dog.kill()
        dog.wait(5)


def test_what_is_not_leased_is_left_alone(bench: DockerBench, tmp_path: Path) -> None:
    spec = bench.spec("sleep 60").model_copy(update={"host": HOST})
    id_ = start(bench, spec)
    watchdog.look(HOST, tmp_path, set())
    assert bench.driver.copy(id_).state == "running"


BOOT = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut"),
        pytest.param("[]", id="list"),
        pytest.param(json.dumps({"boot": BOOT, "until": "x", "replicas": []}), id="word"),
        pytest.param(
            json.dumps({"boot": BOOT, "until": now() + 2 * LEASE + 60, "replicas": ["a"]}), id="far"
        ),
        pytest.param(json.dumps({"boot": "another", "until": now() + 1, "replicas": ["a"]}), id="boot"),
        pytest.param(json.dumps({"boot": BOOT, "until": now() + 1}), id="short"),
        pytest.param(json.dumps({"boot": BOOT, "until": float("nan"), "replicas": ["a"]}), id="nan"),
    ],
)
def test_a_file_that_makes_no_sense_allows_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / deadline.FILE).write_text(text, encoding="utf-8")
    assert read_allowed(tmp_path) == NOTHING


def test_no_file_allows_nothing(tmp_path: Path) -> None:
    assert read_allowed(tmp_path) == NOTHING


def test_what_is_written_is_read(tmp_path: Path) -> None:
    until = now() + LEASE - 0.001
    allowed = Allowed(until, frozenset({"a", "b"}), frozenset({"a", "b", "c"}))
    write_allowed(tmp_path, allowed)
    assert read_allowed(tmp_path) == allowed


def test_the_watchdog_loads_next_to_nothing() -> None:
    code = "import sys, placelang_runtime.watchdog; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ
    )
    assert not {"pydantic", "docker", "ssl", "cryptography", "sqlite3"} & set(said.stdout.split())
