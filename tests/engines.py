"""Container engines for tests: real ones, each in a network of its own, all of it gone afterwards.

An engine's containers are reached from here by a pair of interfaces, as those of a host would be. Whoever has no
engine, or is not root, skips these tests, unless PLACELANG_ENGINE says `required`.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import IO, Any, NoReturn

import pytest

NEEDED = {
    "dockerd": "docker.io",
    "busybox": "busybox-static",
    "ip": "iproute2",
    "iptables": "iptables",
    "nsenter": "util-linux",
}
BOX = "box:1"
SECONDS = 30.0
_NETWORKS = range(1, 250)


def missing() -> str:
    """What keeps engines from running here; empty where nothing does."""
    if os.geteuid() != 0:
        return "a container engine of one's own needs root"
    lacking = sorted(package for command, package in NEEDED.items() if shutil.which(command) is None)
    return f"this needs {' '.join(lacking)}" if lacking else ""


def require_engines() -> None:
    """Skip the test that asks where engines cannot run, or fail it where they have to."""
    if reason := missing():
        give_up(reason)


def give_up(reason: str) -> NoReturn:
    """Skip the test, or fail it where it has to run."""
    if os.environ.get("PLACELANG_ENGINE") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)


def box() -> bytes:
    """The root of an image that has busybox and nothing else."""
    binary = Path(shutil.which("busybox") or "/bin/busybox").read_bytes()
    said = subprocess.run(["busybox", "--list"], check=True, capture_output=True, text=True, timeout=SECONDS)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for folder in ("bin", "etc", "tmp", "data"):
            tar.addfile(_entry(folder, tarfile.DIRTYPE))
        program = _entry("bin/busybox", tarfile.REGTYPE)
        program.size = len(binary)
        tar.addfile(program, io.BytesIO(binary))
        for name in said.stdout.split():
            if name != "busybox":
                link = _entry(f"bin/{name}", tarfile.SYMTYPE)
                link.linkname = "busybox"
                tar.addfile(link)
    return packed.getvalue()


def _entry(name: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = kind, 0o755
    return entry


@dataclass
class Engine:
    """An engine, which has the image `box:1`. `number` is that of its networks, which no other engine has."""

    folder: Path
    number: int
    process: subprocess.Popen[bytes] | None = None
    log: IO[bytes] | None = field(default=None, repr=False)

    @property
    def namespace(self) -> str:
        return f"pl-engine-{self.number}"

    @property
    def address(self) -> str:
        return f"unix://{self.folder}/sock"

    @property
    def outside(self) -> str:
        """Where this host is reached by the engine, which lets it have registries without encryption."""
        return f"10.214.{self.number}.1"

    @cached_property
    def client(self) -> Any:
        """The engine without a driver."""
        import docker

        return docker.APIClient(self.address, version="1.41", timeout=SECONDS)

    def start(self, *options: str) -> None:
        """Have it running, and answering."""
        self.log = (self.folder / "log").open("ab")
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as ready:
            path = self.folder / "ready"
            path.unlink(missing_ok=True)
            ready.bind(str(path))
            ready.settimeout(0.2)
            command = [
                *("nsenter", f"--net=/var/run/netns/{self.namespace}", "dockerd", "--shutdown-timeout", "1"),
                *("--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec"),
                *(
                    "--pidfile",
                    f"{self.folder}/pid",
                    "-H",
                    self.address,
                    "--bip",
                    f"10.213.{self.number}.1/24",
                ),
                *("--insecure-registry", f"10.214.{self.number}.0/30", *options),
            ]
            self.process = subprocess.Popen(
                command,
                stdout=self.log,
                stderr=self.log,
                start_new_session=True,
                env=os.environ | {"NOTIFY_SOCKET": str(path)},
            )
            self._await(ready)
        self._open_the_way()

    def _await(self, ready: socket.socket) -> None:
        """Wait until the engine says that it is ready. Raises RuntimeError with what it said instead."""
        end = monotonic() + SECONDS
        while monotonic() < end and self.process is not None and self.process.poll() is None:
            with contextlib.suppress(TimeoutError):
                if b"READY=1" in ready.recv(4096):
                    return
        raise RuntimeError((self.folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:])

    def _open_the_way(self) -> None:
        """Let this host reach the containers, not only the ports that they publish."""
        inside = ("nsenter", f"--net=/var/run/netns/{self.namespace}")
        _run(*inside, "iptables", "-w", "-I", "DOCKER-USER", "-i", "outside", "-j", "ACCEPT")

    def stop(self) -> None:
        """End it; what it ran ends with it."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)
        if self.log is not None:
            self.log.close()

    def load(self, name: str = BOX, *changes: str) -> None:
        """Have a box of that name."""
        repository, _, tag = name.rpartition(":")
        said = self.client.import_image_from_data(box(), repository, tag, ["ENV PATH=/bin", *changes])
        assert "error" not in str(said), said

    def clear(self) -> None:
        """Leave no container and no named volume."""
        from docker.errors import NotFound

        client = self.client
        for container in client.containers(all=True, quiet=True):
            with contextlib.suppress(NotFound):  # one that is being removed already is told of
                client.remove_container(container["Id"], force=True, v=True)
        for volume in client.volumes()["Volumes"] or []:
            client.remove_volume(volume["Name"])


@contextlib.contextmanager
def running_engine(*options: str, size: str | None = None) -> Iterator[Engine]:
    """An engine; its data are on a disk of that size, if any."""
    folder = Path(tempfile.mkdtemp(prefix="pl-engine-", dir="/tmp"))
    engine = Engine(folder, _network())
    try:
        if size is not None:
            (folder / "data").mkdir()
            _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", f"{folder}/data")
        engine.start(*options)
        yield engine
    finally:
        if engine.process is not None:
            with contextlib.suppress(Exception):
                engine.clear()
        engine.stop()
        if "client" in vars(engine):
            engine.client.close()
        if size is not None:
            _run("umount", "--lazy", f"{folder}/data")
        _run("ip", "netns", "del", engine.namespace)
        shutil.rmtree(folder, ignore_errors=True)


def _network() -> int:
    """The number of a network that nobody has, made; its address from here is 10.214.NUMBER.2."""
    for number in _NETWORKS:
        name, outside = f"pl-engine-{number}", f"pl-out-{number}"
        with contextlib.suppress(subprocess.CalledProcessError):
            _run("ip", "netns", "add", name)
            inside = ("ip", "-n", name)
            _run("ip", "link", "add", outside, "type", "veth", "peer", "name", "outside", "netns", name)
            _run(*inside, "link", "set", "lo", "up")
            _run(*inside, "addr", "add", f"10.214.{number}.2/30", "dev", "outside")
            _run(*inside, "link", "set", "outside", "up")
            _run("ip", "addr", "add", f"10.214.{number}.1/30", "dev", outside)
            _run("ip", "link", "set", outside, "up")
            _run("ip", "route", "add", f"10.213.{number}.0/24", "via", f"10.214.{number}.2")
            return number
    raise RuntimeError("there is no room for another engine's network")


@pytest.fixture(scope="session")
def shared_engine() -> Iterator[Engine]:
    require_engines()
    with running_engine() as engine:
        engine.load()
        yield engine


@pytest.fixture(scope="session")
def shared_other_engine() -> Iterator[Engine]:
    require_engines()
    with running_engine() as engine:
        engine.load()
        yield engine


@pytest.fixture
def engine(shared_engine: Engine) -> Iterator[Engine]:
    """An engine that runs nothing."""
    yield shared_engine
    shared_engine.clear()


@pytest.fixture
def other_engine(shared_other_engine: Engine) -> Iterator[Engine]:
    """Another one, as a neighbour, or to stop and to freeze; whoever does sees to it that it goes on."""
    yield shared_other_engine
    shared_other_engine.clear()
