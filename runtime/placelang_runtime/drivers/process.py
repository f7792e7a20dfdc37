"""The driver that runs commands of this host as they are, each with a supervisor of its own.

It is for hosts without an engine, and chosen by name only: a process sees the host's files and network. What a service
asks for and only an engine can give is refused, and never passed over: an image, volumes, privileges, another port. A
container is a folder; what runs in it is known by the lock that its supervisor holds, not by a number alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from placelang_runtime.containers import ContainerSpec
from placelang_runtime.drivers.asking import ask_network
from placelang_runtime.drivers.driver import (
    SHORTEST_GRACE,
    Answer,
    Copy,
    EngineVersion,
    Fetched,
    Given,
    NamedVolume,
    Usage,
)
from placelang_runtime.drivers.environment import environment
from placelang_runtime.drivers.errors import DriverError
from placelang_runtime.drivers.labels import labels_of, read, written
from placelang_runtime.drivers.process_asked import check_asked, command_of, processors, variables_of
from placelang_runtime.part import Health

SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")
STARTS_WITHIN: Final = 15.0
ENDS_WITHIN: Final = 5.0
"""Seconds, by force."""
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LOCK: Final = "hhqqi"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_AGAIN: Final = 0.1
_LOOK: Final = 3.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class ProcessDriver:
    """`folder` is where its containers are; nobody but this user may look into it."""

    def __init__(self, host: str, folder: Path) -> None:
        self.host: Final = host
        self.name: Final = "process"
        self._folder = folder

    def version(self) -> EngineVersion:
        return EngineVersion(self.name, os.uname().release, "1")

    def gateway(self) -> str | None:
        return "127.0.0.1"

    def copies(self) -> tuple[Copy, ...]:
        with _told("listing processes"):
            there = sorted(self._folder.iterdir()) if self._folder.exists() else []
            found = (self._seen(folder) for folder in there if _NAME.fullmatch(folder.name))
            return tuple(copy for copy in found if copy is not None)

    def follow(self) -> Iterator[None]:
        before = self.copies()
        while True:
            sleep(_LOOK)
            now = self.copies()
            if now != before:
                yield
            before = now

    def copy(self, id: str) -> Copy:  # noqa: A002
        return self._ours(id)[1]

    def create(self, spec: ContainerSpec, given: Given) -> str:
        check_asked(spec)
        run = {
            "labels": written(labels_of(spec, given)),
            "command": command_of(spec, given),
            "env": {"PATH": PATH} | variables_of(spec) | environment(spec, given, str(given.secrets)),
            "restart": spec.restart,
            "memory": spec.memory,
            "processors": processors(spec),
            "user": spec.privileges.user,
        }
        with _told(f"creating {spec.replica}"):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = self._folder / spec.name
            self._clear()
            if not target.exists():
                self._make(target, run)
            there = self._seen(target)
        if there is None or there.labels.spec != spec.digest:
            raise DriverError("taken", f"{target} is there and not ours: remove or rename it")
        return spec.name

    def _clear(self) -> None:
        """Remove what a process of ours that was killed left half-done."""
        for left in self._folder.glob(".*"):
            if not left.name.startswith((_new(), _old())):
                shutil.rmtree(left, ignore_errors=True)

    def _make(self, target: Path, run: dict[str, Any]) -> None:
        """The folder of a container, whole or not at all."""
        made = Path(tempfile.mkdtemp(prefix=_new(), dir=self._folder))
        try:
            (made / "work").mkdir(mode=0o700)
            if run["user"] is not None:
                made.chmod(0o711)
                os.chown(made / "work", run["user"], run["user"])
            descriptor = os.open(made / "run.json", os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(run, file)
            made.rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def start(self, id: str) -> None:  # noqa: A002
        folder, copy = self._ours(id)
        if copy.state in {"running", "restarting"}:
            return
        with _told(f"starting {id}"):
            told = _supervise(folder)
        if told != "ok":
            raise DriverError("failed", f"starting {id}: {told or 'its supervisor does not answer'}")

    def stop(self, id: str, grace: float = SHORTEST_GRACE) -> None:  # noqa: A002
        folder, _ = self._ours(id)
        with _told(f"stopping {id}"):
            for by, seconds in (
                (signal.SIGTERM, grace),
                (signal.SIGUSR1, ENDS_WITHIN),
                (signal.SIGKILL, ENDS_WITHIN),
            ):
                if _ended(folder, by, seconds):
                    return
        raise DriverError("failed", f"{id} does not end")

    def remove(self, id: str) -> None:  # noqa: A002
        if not _NAME.fullmatch(id) or not (self._folder / id).exists():
            return
        self.stop(id, 0)
        with _told(f"removing {id}"):
            gone = Path(tempfile.mkdtemp(prefix=_old(), dir=self._folder)) / id
            (self._folder / id).rename(gone)
            shutil.rmtree(gone.parent)

    def logs(self, id: str, tail: int, *, follow: bool = False) -> Iterator[bytes]:  # noqa: A002
        folder, _ = self._ours(id)
        with _told(f"reading what {id} wrote"):
            old = _content(folder / "log.1") if (folder / "log.1").exists() else b""
            new = _content(folder / "log")
            lines = (old + new).splitlines(keepends=True)
            yield b"".join(lines[-tail:] if tail > 0 else [])
            while follow:
                goes_on = _holder(folder) is not None
                now = _content(folder / "log")
                more = now[len(new) :] if now.startswith(new[:64]) and len(now) >= len(new) else now
                new = now
                if more:
                    yield more
                elif not goes_on:
                    return
                else:
                    sleep(_AGAIN)

    def ask(self, copy: Copy, health: Health) -> Answer:
        if health.kind != "exec":
            return ask_network(copy.address, health)
        folder, _ = self._ours(copy.id)
        seconds = health.timeout_ms / 1000
        with _told(f"checking {copy.labels.replica}"):
            run = _said(folder)
            whose = (
                {} if run["user"] is None else {"user": run["user"], "group": run["user"], "extra_groups": ()}
            )
            try:
                ended = subprocess.run(  # noqa: S603 - the check that the plan asks for
                    health.command, env=run["env"], cwd=folder / "work", timeout=seconds, check=False,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **whose,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return Answer(healthy=False, why=f"the check did not end within {seconds:g} s")
        code = ended.returncode
        return Answer(code == 0, "" if code == 0 else f"the check ended with exit code {code}")

    def usage(self, id: str) -> Usage:  # noqa: A002
        folder, _ = self._ours(id)
        with _told(f"reading usage of {id}"):
            session = _state(folder).get("child") if _holder(folder) is not None else None
            processes = [stat for stat in _processes() if stat[3] == str(session)]
            ticks = sum(int(stat[11]) + int(stat[12]) for stat in processes)
            return Usage(ticks / _TICKS, sum(int(stat[21]) for stat in processes) * _PAGE)

    def disk(self) -> Mapping[str, int]:
        with _told("reading sizes"):
            return {
                copy.id: sum(one.lstat().st_size for one in (self._folder / copy.id).rglob("*"))
                for copy in self.copies()
            }

    def has_image(self, image: str) -> bool:
        return False

    def fetch_image(self, image: str, report: Callable[[Fetched], None]) -> None:
        raise _no_images(image)

    def save_image(self, image: str, to: Path) -> None:
        raise _no_images(image)

    def load_image(self, file: Path) -> None:
        raise _no_images(file.name)

    def check_image(self, file: Path, image: str, ids: Collection[str]) -> None:
        raise _no_images(image)

    def remove_image(self, image: str) -> None:
        """There are none."""

    def volumes(self) -> tuple[NamedVolume, ...]:
        return ()

    def volume_sizes(self) -> dict[str, int]:
        return {}

    def remove_volume(self, name: str) -> None:
        """There are none."""

    def _ours(self, id_: str) -> tuple[Path, Copy]:
        folder = self._folder / id_
        with _told(f"looking at {id_}"):
            copy = self._seen(folder) if _NAME.fullmatch(id_) else None
        if copy is None:
            raise DriverError("not-found", f"there is no process {id_} of ours on {self.host}")
        return folder, copy

    def _seen(self, folder: Path) -> Copy | None:
        try:
            labels = read(_said(folder)["labels"], self.host, folder.name)
        except FileNotFoundError:
            return None
        if labels is None:
            return None
        lives = _holder(folder) is not None  # before its last word is read, not after
        told = _state(folder)
        state = told.get("state", "created")
        if not lives and state in {"running", "restarting"}:  # it was ended together with its supervisor
            told |= {"state": "exited", "exit_code": 137}
        return Copy(
            id=folder.name,
            name=folder.name,
            labels=labels,
            state=told.get("state", "created"),
            exit_code=told.get("exit_code"),
            started_at=told.get("started_at"),
            restarts=told.get("restarts", 0),
            address="127.0.0.1" if lives and state == "running" else None,
        )


def _new() -> str:
    """What the folder of a container is called before it is whole; threads of this process may make several."""
    return f".new-{os.getpid()}-"


def _old() -> str:
    """What it is called while it is removed."""
    return f".old-{os.getpid()}-"


def _supervise(folder: Path) -> str:
    """Start what the folder says, and return what its supervisor tells of it."""
    ours, its = os.pipe()
    try:
        with (folder / "supervisor.log").open("ab") as log:
            command = [sys.executable, "-I", str(SUPERVISOR), str(folder), str(its)]
            subprocess.run(  # noqa: S603 - our own program; it leaves a child of its own behind
                command, pass_fds=(its,), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, timeout=STARTS_WITHIN, check=True, env={"PATH": PATH},
            )  # fmt: skip
        os.close(its)
        its = -1
        ready, _, _ = select.select([ours], [], [], STARTS_WITHIN)
        return os.read(ours, 4096).decode(errors="replace") if ready else ""
    except subprocess.SubprocessError as error:
        return str(error)
    finally:
        os.close(ours)
        if its >= 0:
            os.close(its)


def _holder(folder: Path) -> int | None:
    """The supervisor that lives: whoever holds the lock."""
    try:
        lock = os.open(folder / "lock", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        asked = struct.pack(_LOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = struct.unpack(_LOCK, fcntl.fcntl(lock, fcntl.F_GETLK, asked))
        return None if kind == fcntl.F_UNLCK else int(pid)
    finally:
        os.close(lock)


def _ended(folder: Path, by: signal.Signals, seconds: float) -> bool:
    """Whether the supervisor has ended within so many seconds of a signal."""
    pid = _holder(folder)
    if pid is None:
        return True
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        if _holder(folder) == pid:  # the number is still that of the one who holds the lock
            signal.pidfd_send_signal(handle, by)
        end = monotonic() + seconds
        ready, _, _ = select.select([handle], [], [], max(0.0, end - monotonic()))
        return bool(ready)
    except ProcessLookupError:
        return True
    finally:
        os.close(handle)


def _said(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return said


def _state(folder: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return state


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _processes() -> Iterator[list[str]]:
    """What the kernel says of each process, from its state on."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def _no_images(image: str) -> DriverError:
    return DriverError("refused", f"{image}: the driver process has no images; use the driver docker")


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in {28, 122}
        raise DriverError("disk-full" if full else "failed", f"{what}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DriverError("failed", f"{what}: its files are damaged, {error}; remove them") from error
