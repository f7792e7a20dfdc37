"""What the driver asks of a real engine, and what an engine can do to it."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from placelang_runtime.containers import ContainerSpec, replicas_on
from placelang_runtime.drivers import Driver, DriverError
from placelang_runtime.drivers.docker import DockerDriver
from placelang_runtime.operations import Model
from placelang_runtime.part import Device, Health, Port, Privileges, Secret, Volume
from tests.engines import BOX, Engine, give_up
from tests.runtime.benches import DockerBench, awaited, found, given
from tests.runtime.parts import NOTHING_ALLOWED, part, service

ON = "trap exit TERM; while :; do sleep 0.05; done"
LOOK = "grep -E 'Cap|NoNew|Uid' /proc/self/status; touch /x; touch /tmp/x && echo scratch"
LOOP_CONTROL = os.makedev(10, 237)


@pytest.fixture
def bench(engine: Engine) -> DockerBench:
    return DockerBench(engine, DockerDriver("gbg-1", engine.address))


def _allowing(**said: Any) -> Privileges:
    return NOTHING_ALLOWED.model_copy(update=said)


def _wrote(bench: DockerBench, script: str, given_: Any = None, **said: Any) -> str:
    """What a script wrote until it ended."""
    in_order = f"exec 2>&1; {script}"
    id_ = bench.driver.create(bench.spec(in_order, restart="never", **said), given_ or given())
    bench.driver.start(id_)
    bench.until("exited", id_)
    text = b"".join(bench.driver.logs(id_, 100)).decode()
    bench.driver.remove(id_)
    return text


def test_a_container_may_do_nothing_that_was_not_allowed(bench: DockerBench) -> None:
    wrote = _wrote(bench, LOOK)
    assert "CapEff:\t0000000000000000" in wrote
    assert "CapBnd:\t0000000000000000" in wrote
    assert "NoNewPrivs:\t1" in wrote
    assert "Read-only file system" in wrote
    assert "scratch" in wrote


def test_a_container_may_do_what_was_allowed_and_no_more(bench: DockerBench) -> None:
    allowed = _allowing(capabilities=("NET_ADMIN",), writable_root=True, user=1000)
    wrote = _wrote(bench, LOOK, privileges=allowed)
    assert f"CapBnd:\t{1 << 12:016x}" in wrote
    assert "Uid:\t1000\t1000" in wrote
    assert "NoNewPrivs:\t1" in wrote
    assert "Read-only file system" not in wrote


def test_privileged_is_all_of_it(bench: DockerBench) -> None:
    id_ = bench.driver.create(bench.spec(ON, privileges=_allowing(privileged=True)), given())
    told = bench.engine.client.inspect_container(id_)["HostConfig"]
    assert told["Privileged"]
    assert not told["CapDrop"]


def test_limits_are_what_is_needed(bench: DockerBench) -> None:
    spec = bench.spec(ON, needs={"cpu": 250, "memory": 64 << 20, "disk": 1})
    told = bench.engine.client.inspect_container(bench.driver.create(spec, given()))["HostConfig"]
    assert (told["NanoCpus"], told["Memory"], told["MemorySwap"]) == (250_000_000, 64 << 20, 64 << 20)
    assert told["PidsLimit"] == 1024
    assert told["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "8m", "max-file": "3"}}


def test_a_limit_of_disk_is_asked_for_where_storage_has_it_and_left_out_where_it_has_not(
    bench: DockerBench,
) -> None:
    asked = []
    create = bench.driver._engine.create_container_from_config  # noqa: SLF001

    def heard(config: Any, name: str) -> Any:
        asked.append(config["HostConfig"].get("StorageOpt"))
        if asked[-1] is not None:
            raise docker.errors.APIError("--storage-opt is supported only for overlay over xfs")
        return create(config, name)

    bench.driver._engine.create_container_from_config = heard  # noqa: SLF001
    writable = _allowing(writable_root=True)
    first = bench.driver.create(bench.spec(ON, needs={"disk": 1 << 30}, privileges=writable), given())
    bench.driver.remove(first)
    bench.driver.create(bench.spec(ON, needs={"disk": 2 << 30}, privileges=writable), given())
    assert asked == [{"size": str(1 << 30)}, None, None]


def test_what_was_written_counts_volumes_as_well(bench: DockerBench) -> None:
    script = f"dd if=/dev/zero of=/data/x bs=1048576 count=3; {ON}"
    id_ = bench.driver.create(bench.spec(script, volumes=(DATA,)), given())
    bench.driver.start(id_)
    awaited(lambda: bench.driver.disk()[id_], lambda size: size >= 3 << 20)


def test_what_takes_more_memory_than_it_may_is_ended(bench: DockerBench) -> None:
    id_ = bench.driver.create(
        bench.spec("tail -c 64m /dev/zero", restart="never", needs={"memory": 8 << 20}), given()
    )
    bench.driver.start(id_)
    assert bench.until("exited", id_).exit_code == 137


@pytest.fixture
def node() -> Iterator[str]:
    """A character device of this host."""
    path = f"/dev/pl-test-{os.getpid()}"
    try:
        os.mknod(path, 0o660 | stat.S_IFCHR, LOOP_CONTROL)
    except PermissionError:
        give_up("this host may not make devices")
    os.chown(path, 0, 4242)
    Path(path).chmod(0o660)
    yield path
    Path(path).unlink()


def test_a_device_is_there_for_whoever_holds_it(bench: DockerBench, node: str) -> None:
    held = Device(kind="scanner", name="gbg-1/scan", path=node)
    script = f"test -c {node} && exec 3<>{node} && echo opened"
    assert _wrote(bench, script, devices=(held,), privileges=_allowing(user=1000)) == "opened\n"
    assert "opened" not in _wrote(bench, script)


def test_no_other_device_can_be_had(bench: DockerBench, node: str) -> None:
    """Not even by making a node of it: here, of what file systems in user space are."""
    held = Device(kind="scanner", name="gbg-1/scan", path=node)
    script = f"mknod /x c 10 229; ls /x; exec 3<>{node} && echo opened; exec 4<>/x && echo too much"
    allowed = _allowing(writable_root=True, capabilities=("MKNOD",))
    wrote = _wrote(bench, script, devices=(held,), privileges=allowed)
    assert "/x\n" in wrote
    assert "opened\n" in wrote
    assert "Operation not permitted" in wrote
    assert "too much" not in wrote


@pytest.mark.parametrize(
    ("path", "kind", "why"),
    [
        (None, "refused", "nobody says where gbg-1/scan is"),
        ("/dev/loop0", "refused", "no character device"),
        ("/dev/mem", "refused", "no character device"),
        ("/etc/passwd", "refused", "a device is below `/dev`"),
        ("/dev/../etc/passwd", "refused", "a device is below `/dev`"),
        ("/dev", "refused", "a device is below `/dev`"),
        ("/dev/fd", "refused", "no character device"),
        ("/dev/pl-nothing", "not-found", "there is no /dev/pl-nothing; plug it in"),
    ],
)
def test_a_device_that_is_none_is_refused(bench: DockerBench, path: str | None, kind: str, why: str) -> None:
    if path == "/dev/mem" and not Path(path).exists():
        pytest.skip("this host shows nobody its memory")
    if path == "/dev/loop0" and not Path(path).exists():
        pytest.skip("this host has no loop device")
    held = Device(kind="scanner", name="gbg-1/scan", path=path)
    with pytest.raises(DriverError, match=why) as told:
        bench.driver.create(bench.spec(ON, devices=(held,)), given())
    assert told.value.kind == kind
    assert bench.driver.copies() == ()


def test_gpus_are_asked_of_the_engine_by_number_and_by_name(bench: DockerBench) -> None:
    spec = bench.spec(ON, gpus=("gbg-1/gpu1", "gbg-1/left"))
    id_ = bench.driver.create(spec, given(gpus={"gbg-1/left": "GPU-8d2c"}))
    (asked,) = bench.engine.client.inspect_container(id_)["HostConfig"]["DeviceRequests"]
    assert (asked["Driver"], asked["DeviceIDs"], asked["Capabilities"]) == (
        "nvidia",
        ["1", "GPU-8d2c"],
        [["gpu"]],
    )
    with pytest.raises(DriverError, match="install the toolkit that gives containers its GPUs") as told:
        bench.driver.start(id_)
    assert told.value.kind == "refused"


def test_a_gpu_that_nobody_can_tell_is_refused(bench: DockerBench) -> None:
    with pytest.raises(DriverError, match="nobody says which GPU of the host gbg-1/left is"):
        bench.driver.create(bench.spec(ON, gpus=("gbg-1/left",)), given())


TOKEN, KEY = "gate/token", "gate/key"
DATA = Volume(path="/data", source=None, keep=True, readonly=False)


def test_a_named_volume_outlives_its_containers_and_reaches_the_next_version(bench: DockerBench) -> None:
    assert _wrote(bench, "echo kept > /data/x", volumes=(DATA,)) == ""
    assert _wrote(bench, "cat /data/x", volumes=(DATA,)) == "kept\n"
    (kept,) = bench.driver.volumes()
    assert (kept.service, kept.replica, kept.path, kept.keep) == (
        "shop.till",
        "shop.till@gbg/1",
        "/data",
        True,
    )
    bench.driver.remove_volume(kept.name)
    assert bench.driver.volumes() == ()


def test_a_volume_of_somebody_else_is_neither_used_nor_seen_nor_removed(bench: DockerBench) -> None:
    spec = bench.spec(ON, volumes=(DATA,))
    name = spec.volume_name(DATA)
    bench.engine.client.create_volume(name)
    with pytest.raises(DriverError, match="taken by a volume that is not ours"):
        bench.driver.create(spec, given())
    assert bench.driver.volumes() == ()
    bench.driver.remove_volume(name)
    assert bench.engine.client.inspect_volume(name)


def test_a_volume_that_goes_before_its_container_is_made_comes_back_as_ours(bench: DockerBench) -> None:
    spec, client = bench.spec(ON, volumes=(DATA,)), bench.engine.client
    create = bench.driver._engine.create_container_from_config  # noqa: SLF001

    def late(config: Any, name: str) -> Any:
        client.remove_volume(spec.volume_name(DATA))
        return create(config, name)

    bench.driver._engine.create_container_from_config = late  # noqa: SLF001
    bench.driver.start(bench.driver.create(spec, given()))
    assert [volume.name for volume in bench.driver.volumes()] == [spec.volume_name(DATA)]


def test_a_path_of_the_host_is_had_only_where_its_list_allows_it(bench: DockerBench, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("of the host\n", encoding="utf-8")
    logs = Volume(path="/var/log/host", source="/var/log", keep=False, readonly=True)
    with pytest.raises(DriverError, match="which its list of paths does not allow") as told:
        bench.driver.create(bench.spec(ON, volumes=(logs,)), given())
    assert told.value.kind == "refused"
    allowed = given(paths={"/var/log": tmp_path})
    script = "cat /var/log/host/x; touch /var/log/host/y"
    wrote = _wrote(bench, script, allowed, volumes=(logs,))
    assert "of the host\n" in wrote
    assert "Read-only file system" in wrote
    assert not (tmp_path / "y").exists()


@pytest.mark.parametrize("path", ["/", "data", "/data/../../etc", ""])
def test_a_volume_at_no_place_is_refused(bench: DockerBench, path: str) -> None:
    with pytest.raises(DriverError, match="write an absolute path below"):
        bench.driver.create(bench.spec(ON, volumes=(DATA.model_copy(update={"path": path}),)), given())


def test_secrets_and_peers_are_where_variables_say(bench: DockerBench, tmp_path: Path) -> None:
    for folder, file in (("secrets/gate", "token"), ("endpoints", "endpoints.json"), ("hosts", "hosts")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / file).write_text(f"{file}\n", encoding="utf-8")
    told = given(
        secrets=tmp_path / "secrets",
        plain={"KEY": "k3y"},
        endpoints=tmp_path / "endpoints",
        hosts=tmp_path / "hosts/hosts",
        addresses={"TILL": "till:80"},
    )
    secrets = (
        Secret(variable="TOKEN", secret=TOKEN, plain=False),
        Secret(variable="KEY", secret=KEY, plain=True),
    )
    script = "cat $TOKEN; echo $KEY; cat /run/placelang/endpoints.json /etc/hosts; echo x > $TOKEN"
    wrote = _wrote(bench, script, told, secrets=secrets)
    assert "token\nk3y\nendpoints.json\nhosts\n" in wrote
    assert "Read-only file system" in wrote
    assert "k3y" not in repr(told)


def test_a_secret_that_the_host_does_not_give_is_refused(bench: DockerBench) -> None:
    secret = Secret(variable="TOKEN", secret=TOKEN, plain=False)
    with pytest.raises(DriverError, match="gbg-1 does not say what the variable TOKEN"):
        bench.driver.create(bench.spec(ON, secrets=(secret,)), given())


def test_a_sidecar_shares_the_network_of_its_service(bench: DockerBench) -> None:
    whole = part(service(image=BOX, command=("sh", "-c", "echo hi | nc -l -p 80"), sidecars={"side": BOX}))
    own, side = replicas_on(whole, "gbg-1")[0].containers
    side = side.model_copy(update={"command": ("sh", "-c", "nc 127.0.0.1 80"), "restart": "never"})
    with pytest.raises(DriverError, match="has to be created before its sidecar side"):
        bench.driver.create(side, given())
    first = bench.driver.create(own, given())
    bench.driver.start(first)
    at = bench.driver.copy(first).address
    awaited(
        lambda: bench.driver.ask(bench.driver.copy(first), _check("exec", "netstat -tln | grep -q :80")), bool
    )
    second = bench.driver.create(side, given())
    bench.driver.start(second)
    assert bench.driver.copy(second).address in {at, None}
    bench.until("exited", second)
    assert b"".join(bench.driver.logs(second, 5)) == b"hi\n"


def test_a_sidecar_that_lost_its_network_is_started_again(bench: DockerBench) -> None:
    script = "while ! test -e /tmp/end; do sleep 0.05; done; exit 3"
    whole = part(service(image=BOX, command=("sh", "-c", script), sidecars={"side": BOX}))
    own, side = replicas_on(whole, "gbg-1")[0].containers
    side = side.model_copy(update={"command": ("sh", "-c", ON)})
    driver = bench.driver
    first, second = driver.create(own, given()), driver.create(side, given())
    for id_ in (first, second, second):
        driver.start(id_)
    was = driver.copy(second)
    assert was.state == "running"
    assert was.address == driver.copy(first).address
    assert driver.ask(driver.copy(first), _check("exec", "touch /tmp/end")).healthy
    awaited(lambda: driver.copy(first), lambda copy: copy.restarts == 1 and copy.state == "running")
    assert found(driver, second).state == driver.copy(second).state == "restarting"
    driver.start(second)
    now = driver.copy(second)
    assert (now.state, now.address) == ("running", driver.copy(first).address)
    assert now.started_at != was.started_at


def test_what_is_not_ours_is_never_touched(bench: DockerBench) -> None:
    client = bench.engine.client
    spec = bench.spec(ON)
    foreign = client.create_container(BOX, command=["sh", "-c", ON], name=spec.name)["Id"]
    other = DockerDriver("gbg-2", bench.engine.address)
    elsewhere = spec.model_copy(update={"host": "gbg-2"})
    theirs = other.create(elsewhere, given())
    assert bench.driver.copies() == ()
    for id_ in (foreign, theirs, spec.name, "../volumes/x"):
        with pytest.raises(DriverError, match="there is no container"):
            bench.driver.start(id_)
    for id_ in (foreign, theirs):
        with pytest.raises(DriverError, match="there is no container"):
            bench.driver.remove(id_)
    with pytest.raises(
        DriverError, match=f"the name {spec.name} is taken by a container that is not ours"
    ) as told:
        bench.driver.create(spec, given())
    assert told.value.kind == "taken"
    assert {c["Id"] for c in client.containers(all=True)} == {foreign, theirs}


def test_an_image_does_not_make_a_container_ours(bench: DockerBench) -> None:
    """As one does that somebody made of a container of ours."""
    ours = bench.driver.create(bench.spec(ON), given())
    bench.engine.client.commit(ours, "copied", "1")
    foreign = bench.engine.client.create_container("copied:1", name="theirs")["Id"]
    assert [copy.id for copy in bench.driver.copies()] == [ours]
    with pytest.raises(DriverError, match="there is no container"):
        bench.driver.remove(foreign)


def test_a_port_that_is_taken_is_told(bench: DockerBench) -> None:
    from placelang_runtime.part import Port

    ports = (Port(host=8080, container=80),)
    first, second = (bench.driver.create(bench.spec(ON, env={"N": n}, ports=ports), given()) for n in "12")
    bench.driver.start(first)
    with pytest.raises(DriverError, match="stop what has the port") as told:
        bench.driver.start(second)
    assert told.value.kind == "taken"


def test_what_ends_by_itself_is_started_again(bench: DockerBench) -> None:
    id_ = bench.driver.create(bench.spec("exit 3"), given())
    bench.driver.start(id_)
    seen = awaited(lambda: bench.driver.copy(id_), lambda copy: copy.restarts >= 2)
    assert seen.state in {"running", "restarting", "exited"}
    bench.driver.stop(id_, 0)
    assert bench.driver.copy(id_).state == "exited"


def test_an_image_that_cannot_start_is_told(bench: DockerBench) -> None:
    id_ = bench.driver.create(bench.spec("", command=("/no/such/program",)), given())
    with pytest.raises(DriverError, match="no such file or directory") as told:
        bench.driver.start(id_)
    assert told.value.kind == "failed"


def test_logs_are_followed_until_the_end(bench: DockerBench) -> None:
    id_ = bench.driver.create(bench.spec("echo one; sleep 0.2; echo two", restart="never"), given())
    bench.driver.start(id_)
    assert b"".join(bench.driver.logs(id_, 10, follow=True)) == b"one\ntwo\n"


def _check(kind: str, command: str = "", **said: Any) -> Health:
    fields: dict[str, Any] = {"port": 80, "path": "/", "every_ms": 1000, "timeout_ms": 2000, "retries": 3}
    split = ("sh", "-c", command) if command else ()
    return Health(**({"kind": kind, "command": split} | fields | said))


def test_checks_reach_inside(bench: DockerBench) -> None:
    id_ = bench.driver.create(bench.spec("echo ok > /tmp/ready; httpd -f -p 80 -h /tmp"), given())
    bench.driver.start(id_)
    copy = awaited(lambda: bench.driver.copy(id_), lambda copy: bench.driver.ask(copy, _check("tcp")).healthy)
    assert bench.driver.ask(copy, _check("http", path="/ready")).healthy
    assert bench.driver.ask(copy, _check("http", path="/other")).why == "GET /other answers 404"
    assert bench.driver.ask(copy, _check("exec", "test -e /tmp/ready")).healthy
    assert bench.driver.ask(copy, _check("exec", "exit 4")).why == "the check ended with exit code 4"


def test_a_check_that_hangs_is_ended(bench: DockerBench) -> None:
    id_ = bench.driver.create(bench.spec(ON), given())
    bench.driver.start(id_)
    hanging = _check("exec", "exec sleep 1000", timeout_ms=1000)
    assert bench.driver.ask(found(bench.driver, id_), hanging).why == "the check did not end within 1 s"
    awaited(lambda: str(bench.engine.client.top(id_)), lambda top: "sleep 1000" not in top)


@pytest.mark.parametrize(
    "image", ["../containers/x", "box:1?x", "Box", "a" * 600, "box:1@sha256:1", "", "a//b"]
)
def test_what_is_no_name_of_an_image_is_refused(bench: DockerBench, image: str) -> None:
    for action in (bench.driver.has_image, bench.driver.remove_image):
        with pytest.raises(DriverError, match="is no name of an image") as told:
            action(image)
        assert told.value.kind == "refused"


def test_an_image_that_is_not_there_is_told(bench: DockerBench) -> None:
    with pytest.raises(DriverError, match="none:1 is not on gbg-1: fetch it first") as told:
        bench.driver.create(bench.spec(ON, image="none:1"), given())
    assert told.value.kind == "no-image"
    assert not bench.driver.has_image("none:1")
    with pytest.raises(DriverError) as told:
        bench.driver.fetch_image("127.0.0.1:1/none:1", lambda _fetched: None)
    assert told.value.kind == "failed"


def test_an_image_in_use_is_not_removed(bench: DockerBench) -> None:
    bench.engine.load("used:1", "ENV A=b")
    id_ = bench.driver.create(bench.spec(ON, image="used:1"), given())
    bench.driver.remove_image("used:1")
    assert bench.driver.has_image("used:1")
    bench.driver.remove(id_)
    bench.driver.remove_image("used:1")
    bench.driver.remove_image("used:1")
    assert not bench.driver.has_image("used:1")


def test_an_engine_that_is_not_there_is_told() -> None:
    with pytest.raises(DriverError, match="check that it runs") as told:
        DockerDriver("gbg-1", "unix:///nowhere/sock").version()
    assert told.value.kind == "unreachable"


def test_an_engine_that_hangs_is_not_waited_for(other_engine: Engine) -> None:
    driver = DockerDriver("gbg-1", other_engine.address, seconds=0.3)
    driver.version()
    assert other_engine.process is not None
    other_engine.process.send_signal(signal.SIGSTOP)
    for ask in (driver.version, driver.copies, lambda: driver.fetch_image("x:1", lambda _: None)):
        with pytest.raises(DriverError) as told:
            ask()
        assert told.value.kind == "unreachable"
    other_engine.process.send_signal(signal.SIGCONT)
    assert driver.version().api == "1.41"


def test_an_engine_may_restart_midway(other_engine: Engine) -> None:
    driver: Driver = DockerDriver("gbg-1", other_engine.address)
    bench = DockerBench(other_engine, DockerDriver("gbg-1", other_engine.address))
    runs, stopped = (driver.create(_version(bench, n), given()) for n in "12")
    for id_ in (runs, stopped):
        driver.start(id_)
    driver.stop(stopped, 0)
    other_engine.stop()
    with pytest.raises(DriverError) as told:
        driver.copies()
    assert told.value.kind == "unreachable"
    other_engine.start()
    assert found(driver, stopped).state == "exited"
    assert awaited(lambda: driver.copy(runs), lambda copy: copy.state == "running").id == runs
    assert driver.create(_version(bench, "1"), given()) == runs


def _version(bench: DockerBench, number: str) -> ContainerSpec:
    return bench.spec(ON, env={"V": number})


def test_an_image_passes_to_a_neighbour(engine: Engine, other_engine: Engine, tmp_path: Path) -> None:
    engine.load("passed:1", "ENV PASSED=on")
    here, there = (DockerDriver("gbg-1", of.address) for of in (engine, other_engine))
    file = tmp_path / "image.tar"
    here.save_image("passed:1", file)
    called = engine.client.inspect_image("passed:1")["Id"]
    there.check_image(file, "passed:1", [called])
    with pytest.raises(DriverError, match="its image is another one"):
        there.check_image(file, "passed:1", ["sha256:" + "0" * 64])
    there.load_image(file)
    there.load_image(file)
    assert there.has_image("passed:1")
    assert list(tmp_path.iterdir()) == [file]
    file.write_bytes(b"no image")
    with pytest.raises(DriverError):
        there.load_image(file)
    with pytest.raises(DriverError, match="fetch it first"):
        here.save_image("other:1", file)


def test_config_is_plain_json(bench: DockerBench) -> None:
    from placelang_runtime.drivers.docker.config import container_config

    spec = bench.spec(ON, gpus=("gbg-1/gpu0",))
    told = json.loads(json.dumps(container_config(spec, given(), joins=None, cdi=True)))
    assert told["HostConfig"]["DeviceRequests"] == [{"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=0"]}]


def test_the_model_server_is_the_image_of_the_host_with_its_models_below_one_folder(
    bench: DockerBench, tmp_path: Path
) -> None:
    model = Model(
        name="score", version="1", file="a.onnx", variant=None, providers=(), baseline=None, retain=0
    )
    serving = service(image=None, serves=("score",), ports=(Port(host=8000, container=8000),))
    (of,) = replicas_on(part(serving, models=(model,)), "gbg-1")
    manifest = tmp_path / "serving" / "host" / "key"
    manifest.mkdir(parents=True)
    (manifest / "models.json").write_text("../../../sha256-1/a.onnx")
    (tmp_path / "sha256-1").mkdir()
    (tmp_path / "sha256-1" / "a.onnx").write_text("a model")
    look = 'cd "$2" && cat "$(cat models.json)" && touch x; echo "$@"; exec tail -f /dev/null'
    bench.engine.load("server:1", f"ENTRYPOINT {json.dumps(['sh', '-c', look, 'sh'])}")
    with pytest.raises(
        DriverError, match="gbg-1 does not say which image serves models: write `model_server`"
    ):
        bench.driver.create(of.own, given(models=manifest))
    id_ = bench.driver.create(of.own, given(models=manifest, server="server:1"))
    bench.driver.start(id_)
    wrote = awaited(lambda: b"".join(bench.driver.logs(id_, 10)).decode(), lambda text: "--port" in text)
    assert "a model" in wrote
    assert "touch: x: Read-only file system" in wrote
    assert "--models /models/serving/host/key --host 0.0.0.0 --port 8000" in wrote
    bench.driver.remove(id_)
