"""What the driver of processes does and refuses, beside what all drivers promise."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placelang_runtime.drivers import DriverError, open_driver
from placelang_runtime.drivers.process import ProcessDriver
from placelang_runtime.part import Address, Health, Port, Secret, Volume
from tests.runtime.benches import ProcessBench, awaited, given
from tests.runtime.parts import NOTHING_ALLOWED

ON = "trap exit TERM; while :; do sleep 0.05; done"
GATE = "gate/token"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ProcessBench]:
    driver = ProcessDriver("gbg-1", tmp_path / "processes")
    yield ProcessBench(tmp_path / "processes", driver)
    for copy in driver.copies():
        driver.remove(copy.id)


def _wrote(bench: ProcessBench, script: str, given_: Any = None, **said: Any) -> str:
    id_ = bench.driver.create(bench.spec(script, restart="never", **said), given_ or given())
    bench.driver.start(id_)
    bench.until("exited", id_)
    return b"".join(bench.driver.logs(id_, 100)).decode()


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"image": "box:1"}, "`image`"),
        ({"volumes": (Volume(path="/data", source=None, keep=False, readonly=False),)}, "`volume`"),
        (
            {"privileges": NOTHING_ALLOWED.model_copy(update={"capabilities": ("NET_ADMIN",)})},
            "`allow capability`",
        ),
        ({"privileges": NOTHING_ALLOWED.model_copy(update={"privileged": True})}, "`allow privileged`"),
        ({"ports": (Port(host=80, container=8080),)}, "a port of the host that is not the container's"),
        ({"addresses": (Address(variable="A", service="shop.gate"),)}, "`address`"),
        ({"secrets": (Secret(variable="T", secret=GATE, plain=True),)}, "`unsafe env`"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_only_an_engine_can_give_is_refused(
    bench: ProcessBench, said: dict[str, Any], what: str
) -> None:
    with pytest.raises(DriverError, match=f"asks for {what}, which needs an engine") as told:
        bench.driver.create(bench.spec(ON, **said), given())
    assert told.value.kind == "refused"
    assert bench.driver.copies() == ()


def test_what_says_no_command_is_refused(bench: ProcessBench) -> None:
    with pytest.raises(
        DriverError, match="shop.till has no command to run: write `command`".replace(".", r"\.")
    ):
        bench.driver.create(bench.spec("", command=()), given())


def test_a_process_sees_its_own_variables_and_may_gain_nothing(
    bench: ProcessBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_CALLER", "secret")
    secret = Secret(variable="TOKEN", secret=GATE, plain=False)
    script = "env; grep -E 'CapBnd|NoNew' /proc/self/status; ulimit -d"
    wrote = _wrote(
        bench,
        script,
        given(secrets=tmp_path),
        env={"A": "b c"},
        secrets=(secret,),
        needs={"memory": 64 << 20},
    )
    assert "A=b c\n" in wrote
    assert f"TOKEN={tmp_path}/gate/token\n" in wrote
    assert "OF_THE_CALLER" not in wrote
    assert "NoNewPrivs:\t1" in wrote
    assert f"\n{64 << 10}\n" in wrote
    if os.geteuid() == 0:
        assert "CapBnd:\t0000000000000000" in wrote


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run something as somebody else")
def test_a_process_has_as_many_processors_as_it_needs(bench: ProcessBench) -> None:
    for millicores, processors in ((None, len(os.sched_getaffinity(0))), (300, 1), (64_000, os.cpu_count())):
        needs = {} if millicores is None else {"cpu": millicores}
        id_ = bench.driver.create(bench.spec("nproc", restart="never", needs=needs), given())
        bench.driver.start(id_)
        bench.until("exited", id_)
        assert b"".join(bench.driver.logs(id_, 1)) == f"{processors}\n".encode()
        bench.driver.remove(id_)


def test_a_process_runs_as_its_user(bench: ProcessBench) -> None:
    allowed = NOTHING_ALLOWED.model_copy(update={"user": 4321})
    assert _wrote(bench, "id -u; id -g; id -G", privileges=allowed) == "4321\n4321\n4321\n"


def test_a_program_that_is_not_there_is_told(bench: ProcessBench) -> None:
    id_ = bench.driver.create(bench.spec("", command=("/no/such/program",)), given())
    with pytest.raises(DriverError, match=r"/no/such/program: .*No such file"):
        bench.driver.start(id_)
    assert bench.driver.copy(id_).state == "exited"


def test_what_ends_is_started_again_and_later_each_time(bench: ProcessBench) -> None:
    id_ = bench.driver.create(bench.spec("exit 3"), given())
    bench.driver.start(id_)
    seen = awaited(
        lambda: bench.driver.copy(id_), lambda copy: copy.restarts >= 2 and copy.state == "restarting"
    )
    assert seen.exit_code == 3
    bench.driver.stop(id_, 1)
    assert bench.driver.copy(id_).state == "exited"


def test_what_does_not_end_is_ended_with_all_that_it_started(bench: ProcessBench) -> None:
    id_ = bench.driver.create(bench.spec("trap '' TERM; sleep 1000 & echo $!; wait; wait"), given())
    bench.driver.start(id_)
    child = int(awaited(lambda: b"".join(bench.driver.logs(id_, 1)), lambda text: text.endswith(b"\n")))
    bench.driver.stop(id_, 0.1)
    assert bench.driver.copy(id_).exit_code == 137
    awaited(lambda: Path(f"/proc/{child}").exists() and _state_of(child) != "Z", lambda there: not there)


def _state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_nothing_runs_on_without_its_supervisor(bench: ProcessBench) -> None:
    id_ = bench.driver.create(bench.spec("echo $$; exec sleep 1000"), given())
    bench.driver.start(id_)
    child = int(awaited(lambda: b"".join(bench.driver.logs(id_, 1)), lambda text: text.endswith(b"\n")))
    parent = int(Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    assert bench.until("exited", id_).exit_code == 137
    awaited(lambda: _state_of(child), lambda state: state == "Z")
    bench.driver.start(id_)
    assert bench.driver.copy(id_).state == "running"


def test_logs_are_bounded_and_followed(bench: ProcessBench) -> None:
    id_ = bench.driver.create(
        bench.spec("yes 0123456789 | head -c 9000000; echo end", restart="never"), given()
    )
    bench.driver.start(id_)
    *_, last = bench.driver.logs(id_, 1, follow=True)
    assert last.endswith(b"end\n")
    kept = [file.stat().st_size for file in (bench.folder / id_).glob("log*")]
    assert sum(kept) < 10 << 20
    assert len(kept) == 2


def test_checks_run_beside_the_process(bench: ProcessBench) -> None:
    id_ = bench.driver.create(bench.spec(f"touch ready; {ON}"), given())
    bench.driver.start(id_)
    copy = bench.driver.copy(id_)
    fields: dict[str, Any] = {"port": None, "path": None, "every_ms": 1000, "timeout_ms": 100, "retries": 3}
    check = Health(kind="exec", command=("test", "-e", "ready"), **fields)
    awaited(lambda: bench.driver.ask(copy, check.model_copy(update={"timeout_ms": 5000})).healthy, bool)
    hanging = check.model_copy(update={"command": ("sleep", "1000")})
    assert bench.driver.ask(copy, hanging).why == "the check did not end within 0.1 s"


@pytest.mark.parametrize("name", ["../x", "", ".new-1", "a/b", "pl-nothing"])
def test_no_name_leads_out_of_the_folder(bench: ProcessBench, name: str) -> None:
    (bench.folder.parent / "x").mkdir()
    with pytest.raises(DriverError, match="there is no process"):
        bench.driver.start(name)
    bench.driver.remove(name)
    assert (bench.folder.parent / "x").exists()


def test_a_folder_of_somebody_else_is_left_alone(bench: ProcessBench) -> None:
    spec = bench.spec(ON)
    (bench.folder / spec.name).mkdir(parents=True)
    with pytest.raises(DriverError, match="is there and not ours") as told:
        bench.driver.create(spec, given())
    assert told.value.kind == "taken"
    with pytest.raises(DriverError, match="there is no process"):
        bench.driver.remove(spec.name)
    assert (bench.folder / spec.name).exists()


def test_what_was_left_half_done_is_cleared_and_never_seen(bench: ProcessBench) -> None:
    for left in (".new-1-x", ".old-1-y"):
        (bench.folder / left / "work").mkdir(parents=True)
    assert bench.driver.copies() == ()
    bench.driver.create(bench.spec(ON), given())
    assert [folder.name for folder in bench.folder.iterdir()] == [bench.spec(ON).name]


def test_damaged_files_are_told(bench: ProcessBench) -> None:
    id_ = bench.driver.create(bench.spec(ON), given())
    (bench.folder / id_ / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(DriverError, match="its files are damaged"):
        bench.driver.copies()
    (bench.folder / id_ / "run.json").unlink()


def test_a_driver_is_never_a_fallback(tmp_path: Path) -> None:
    assert open_driver("process", host="gbg-1", state=tmp_path).name == "process"
    with pytest.raises(DriverError, match="has no engine that could answer"):
        open_driver("process", host="gbg-1", address="unix:///x", state=tmp_path)
    with pytest.raises(DriverError, match="write docker or process or memory"):
        open_driver("podman", host="gbg-1")
