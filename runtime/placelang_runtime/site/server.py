"""How the store of a site runs on a voter: an etcd of its own, by a configuration that follows from the part."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Final

from placelang_runtime.files import write_whole
from placelang_runtime.part import Member
from placelang_runtime.site.certificates import certificate, roots
from placelang_runtime.site.members import CLIENTS, PEERS
from placelang_runtime.site.store import StoreError
from placelang_runtime.trust.keys import PrivateKey

CONFIGURATION: Final = "etcd.json"
ROOTS: Final = "roots.pem"
CERTIFICATE: Final = "certificate.pem"
KEY: Final = "tls.key"
PID: Final = "store.pid"
AGAIN: Final = 3.0
"""Seconds until a store that ended is started again."""


def write_identity(folder: Path, members: Sequence[Member], me: Member, key: PrivateKey) -> bool:
    """What a member needs to speak with others: whom it trusts, and its own certificate, made once. Whether whom it
    trusts has changed. Raises OSError, BadKeyError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / CERTIFICATE).exists():
        made, secret = certificate(me, key)
        write_whole(folder / KEY, secret.encode(), mode=0o600)
        write_whole(folder / CERTIFICATE, made.encode(), mode=0o644)
    trusted = json.dumps(sorted(member.key for member in members))
    known = folder / "trusted.json"
    if (folder / ROOTS).exists() and known.exists() and known.read_text(encoding="ascii") == trusted:
        return False
    write_whole(folder / ROOTS, roots(members).encode(), mode=0o644)
    write_whole(known, trusted.encode(), mode=0o644)
    return True


def write_server(folder: Path, site: str, voting: Sequence[Member], me: Member) -> None:
    """The configuration of a voter's store, beside its identity. Raises OSError."""
    secured = {
        "cert-file": str(folder / CERTIFICATE),
        "key-file": str(folder / KEY),
        "trusted-ca-file": str(folder / ROOTS),
        "client-cert-auth": True,
    }
    document = {
        "name": called(me),
        "data-dir": str(folder / "store"),
        "listen-client-urls": _url(me.address, CLIENTS),
        "advertise-client-urls": _url(me.address, CLIENTS),
        "listen-peer-urls": _url(me.address, PEERS),
        "initial-advertise-peer-urls": _url(me.address, PEERS),
        "initial-cluster": ",".join(f"{called(one)}={_url(one.address, PEERS)}" for one in voting),
        "initial-cluster-token": sha256(site.encode()).hexdigest()[:16],
        "initial-cluster-state": "new",
        "client-transport-security": secured,
        "peer-transport-security": secured,
        "enable-grpc-gateway": True,  # on unless a file is given
        "pre-vote": True,  # a voter that hears nobody does not unseat a leader that others hear
        "auto-compaction-mode": "revision",
        "auto-compaction-retention": "1000",
        "quota-backend-bytes": 128 << 20,
        "snapshot-count": 5000,
        "max-wals": 2,
        "max-snapshots": 2,
        "log-level": "warn",
        "logger": "zap",
    }
    os.makedirs(folder / "store", mode=0o700, exist_ok=True)  # noqa: PTH103 - with a mode
    write_whole(folder / CONFIGURATION, json.dumps(document, indent=1).encode(), mode=0o600)


@dataclass(slots=True)
class Server:
    """The store of a voter, a process that outlives whoever started it."""

    folder: Path
    _process: subprocess.Popen[bytes] | None = None
    _tried: float = 0.0

    def keep_running(self) -> None:
        """Have it running, or started. Raises StoreError where that is impossible."""
        if self._runs() or monotonic() - self._tried < AGAIN:
            return
        self._tried = monotonic()
        program = shutil.which("etcd")
        if program is None:
            raise StoreError("there is no etcd on this host: install etcd-server")
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
            self._process = subprocess.Popen(  # noqa: S603 - found above
                [program, "--config-file", str(self.folder / CONFIGURATION)],
                stdin=nothing,
                cwd="/",
                env=os.environ | {"GOMAXPROCS": "1"},
                start_new_session=True,
            )
        write_whole(self.folder / PID, str(self._process.pid).encode(), mode=0o644)

    def stop(self) -> None:
        """End it, if it runs."""
        pid = self._pid()
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _runs(self) -> bool:
        if self._process is not None and self._process.poll() is None:
            return True
        return self._pid() is not None

    def _pid(self) -> int | None:
        """Its number, if that is its own still."""
        with suppress(OSError, ValueError):
            pid = int((self.folder / PID).read_text(encoding="ascii"))
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if str(self.folder / CONFIGURATION).encode() in command:
                return pid
        return None


def called(member: Member) -> str:
    """What a voter is called in the store: names of hosts may have any character."""
    return sha256(member.name.encode()).hexdigest()[:16]


def _url(address: str, port: int) -> str:
    return f"https://[{address}]:{port}" if ":" in address else f"https://{address}:{port}"
