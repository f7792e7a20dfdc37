"""What stays with one process of the driver `process`: it starts it again when it ends, keeps the end of what it
writes, and ends it when asked to. It is a program of its own, of the standard library alone, and outlives whoever
started it.

    supervisor.py FOLDER FD

`FOLDER/run.json` says what to run; `FOLDER/state.json` is what came of it; `FOLDER/log` and `FOLDER/log.1` are what it
wrote. As long as this lives it holds a lock on `FOLDER/lock`. `FD` is told `ok`, or why it could not be started.
SIGTERM ends the process as it likes to be ended, SIGUSR1 by force; both are the end of this as well.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, time
from typing import Any, Final

LOG_BYTES: Final = 4 << 20
FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 60.0
LONG_RUN: Final = 10.0
"""What ran for so long is started again as soon as what ended for the first time."""
_PDEATHSIG: Final = 1
_CAPBSET_DROP: Final = 24
_NO_NEW_PRIVS: Final = 38
_CAPABILITIES: Final = range(64)
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def main(folder: Path, told: int) -> None:
    """Run what the folder says, until it is over."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.write(told, b"ok")  # another one is there already
        return
    Supervisor(folder, told).run()


class Supervisor:
    def __init__(self, folder: Path, told: int) -> None:
        self.folder = folder
        self.told: int | None = told
        self.said: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        self.restarts = 0
        self.ending = False
        self.started: float | None = None
        self.child: subprocess.Popen[bytes] | None = None
        self.log = (folder / "log").open("ab", buffering=0)
        self.heard, waker = os.pipe()
        for end in (self.heard, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda *_: self.end(signal.SIGTERM))
        signal.signal(signal.SIGUSR1, lambda *_: self.end(signal.SIGKILL))
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        wait = FIRST_WAIT
        while not self.ending:
            began = monotonic()
            code = self.once()
            failed = code != 0 or self.said["restart"] == "always"
            if code is None or self.ending or self.said["restart"] == "never" or not failed:
                self.tell("exited", code)
                return
            wait = FIRST_WAIT if monotonic() - began > LONG_RUN else wait
            self.tell("restarting", code)
            self.pause(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            self.restarts += 1
        self.tell("exited", 0)

    def once(self) -> int | None:
        """Run it, and return its exit code as a shell has it, None where it could not be started."""
        read, write = os.pipe()
        try:
            child = subprocess.Popen(  # noqa: S603 - that is what this is for
                self.said["command"],
                env=self.said["env"],
                cwd=self.folder / "work",
                stdin=subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                start_new_session=True,
                preexec_fn=self.confine,  # noqa: PLW1509 - there are no threads here
                **self.whose(),
            )
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            os.close(read)
            self.report(f"{self.said['command'][0]}: {error}")
            return None
        finally:
            os.close(write)
        self.child, self.started = child, time()
        if self.ending:  # asked for while it was started
            os.killpg(child.pid, signal.SIGKILL)
        self.tell("running", None)
        self.report("ok")
        self.listen(read, child)
        os.close(read)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # what it left behind
        code = child.wait()
        self.child = None
        return code if code >= 0 else 128 - code

    def whose(self) -> dict[str, Any]:
        user = self.said["user"]
        return {} if user is None else {"user": user, "group": user, "extra_groups": ()}

    def confine(self) -> None:
        """What the process may not do, from before its first instruction."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if self.said["memory"] is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (self.said["memory"], self.said["memory"]))
        with contextlib.suppress(OSError):  # a host that has less processors than it had
            os.sched_setaffinity(0, self.said["processors"])
        _LIBC.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        for capability in _CAPABILITIES:
            _LIBC.prctl(_CAPBSET_DROP, capability, 0, 0, 0)
        _LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)

    def listen(self, read: int, child: subprocess.Popen[bytes]) -> None:
        """Keep what it writes, until it ends."""
        while child.poll() is None:
            ready, _, _ = select.select([read, self.heard], [], [])
            self.forget_signals()
            if read in ready and not self.keep(os.read(read, 1 << 16)):
                child.wait()
        os.set_blocking(read, False)
        with contextlib.suppress(BlockingIOError):
            while self.keep(os.read(read, 1 << 16)):
                pass

    def keep(self, piece: bytes) -> bool:
        """Write to the log, which is begun anew once it is long."""
        with contextlib.suppress(OSError):  # a full disk is no reason to end what runs
            self.log.write(piece)
            if self.log.tell() > LOG_BYTES:
                (self.folder / "log").replace(self.folder / "log.1")
                full, self.log = self.log, (self.folder / "log").open("ab", buffering=0)
                full.close()
        return bool(piece)

    def pause(self, seconds: float) -> None:
        end = monotonic() + seconds
        while not self.ending and (left := end - monotonic()) > 0:
            select.select([self.heard], [], [], left)
            self.forget_signals()

    def forget_signals(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self.heard, 4096):
                pass

    def end(self, by: signal.Signals) -> None:
        self.ending = True
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, by)

    def tell(self, state: str, code: int | None) -> None:
        said = {"state": state, "exit_code": code, "restarts": self.restarts, "started_at": self.started}
        if self.child is not None:
            said["child"] = self.child.pid
        partial = self.folder / "state.part"
        with contextlib.suppress(OSError):
            partial.write_text(json.dumps(said), encoding="utf-8")
            partial.replace(self.folder / "state.json")

    def report(self, text: str) -> None:
        """Tell whoever started this, once."""
        told, self.told = self.told, None
        if told is not None:
            with contextlib.suppress(OSError):
                os.write(told, text.encode()[:4000])
            os.close(told)


if __name__ == "__main__":
    if os.fork() == 0:
        os.setsid()
        main(Path(sys.argv[1]), int(sys.argv[2]))
