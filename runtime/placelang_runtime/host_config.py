"""`host.toml`: what a host says of itself, and what it allows, whatever a plan wants.

Enters: a file that only somebody at the host writes. Leaves: `HostConfig`, or `HostConfigError` with every fault, its
line, and what to write instead. What is not said is not allowed.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from placelang_runtime.printable import printable
from placelang_runtime.trust.keys import BadKeyError, PublicKey, parse_public

DEFAULT: Final = Path("/etc/placelang/host.toml")
DRIVERS: Final = ("docker", "process", "memory")
MOST_BYTES = 1 << 20
_MOST_PORT = 65_535
_MOST_SECONDS = 86_400
_REGISTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._/-]*)?")


@dataclass(frozen=True, slots=True)
class Peer:
    """A host under the address at which others reach what it publishes."""

    host: str
    address: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class HostConfig:
    """`engine` is where the driver's engine answers, None for its usual place. Images come only from `registries`,
    each a host with or without the beginning of a path; `host_paths` are the only paths of the host that a container
    may be given, with all below them. `memory` is a folder on a tmpfs, for copies of `secrets`. `site` and `address`
    are None where the file does not say them. `models` is the folder, or the address, that files of models are below;
    `model_server` is the image that serves them. `listen` is where the agent takes signed parts and tells its
    metrics, `report` is whom it reports to, each `report_every` seconds at the latest."""

    path: Path
    host: str
    site: str | None = None
    driver: str = "docker"
    engine: str | None = None
    address: str | None = None
    peers: tuple[Peer, ...] = ()
    trusted_keys: tuple[PublicKey, ...] = ()
    unsigned: bool = False
    registries: tuple[str, ...] = ()
    host_paths: tuple[Path, ...] = ()
    secrets: Path = Path("/etc/placelang/secrets")
    memory: Path = Path("/run/placelang/secrets")
    state: Path = Path("/var/lib/placelang")
    listen: Address | None = None
    models: str | None = None
    model_server: str | None = None
    report: str | None = None
    report_every: float = 60.0

    @property
    def addresses(self) -> dict[str, str]:
        """Where each host is reached that is known to be reached somewhere, itself included."""
        known = {peer.host: peer.address for peer in self.peers}
        return known if self.address is None else known | {self.host: self.address}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, and what to write instead."""

    line: int
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.line}: {self.message}\n  {self.hint}"


class HostConfigError(ValueError):
    """A file that says no configuration: `path:line: message`, and a hint below it, for each fault."""

    def __init__(self, path: Path, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(f"{path}:{fault}" for fault in faults))
        self.path, self.faults = path, faults


def read_host_config(path: Path) -> HostConfig:
    """The configuration in a file. Raises `HostConfigError` or OSError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & stat.S_IWOTH:
            fault = Fault(
                1, "anybody may change this file", f"only whoever is responsible may: chmod o-w {path}"
            )
            raise HostConfigError(path, (fault,))
        text = file.read(MOST_BYTES + 1)
    return parse_host_config(text, path)


def parse_host_config(text: bytes, path: Path) -> HostConfig:
    """The configuration that a text says; its relative paths are relative to the file. Raises `HostConfigError`."""
    try:
        if len(text) > MOST_BYTES:
            raise ValueError(f"larger than {MOST_BYTES} bytes (at line 1, column 1)")  # noqa: TRY301
        lines = text.decode()
        document = tomllib.loads(lines)
    except (ValueError, RecursionError) as error:
        raise HostConfigError(path, (_not_toml(error, text.count(b"\n") + 1),)) from error
    reader = _Reader(lines.splitlines(), path.absolute().parent)
    config = reader.config(document, path)
    if reader.faults:
        raise HostConfigError(path, tuple(sorted(reader.faults, key=lambda fault: fault.line)))
    return config


def _not_toml(error: Exception, end: int) -> Fault:
    message, _, place = str(error).partition(" (at ")
    line = re.match(r"line (\d+)", place)
    number = int(line[1]) if line else end if place.startswith("end") else 1
    return Fault(number, printable(f"not TOML: {message[:200].lower()}"), "see https://toml.io")


@dataclass(slots=True)
class _Reader:
    """Takes values out of a document, and notes what is wrong with them."""

    lines: list[str]
    folder: Path
    faults: list[Fault] = field(default_factory=list)

    def config(self, document: Mapping[str, Any], path: Path) -> HostConfig:
        known = {
            name: getattr(self, f"_{name}") for name in HostConfig.__dataclass_fields__ if name != "path"
        }
        for key in document:
            if key not in known:
                self.fault(key, f"unknown key `{key}`", f"the keys are {', '.join(known)}")
        if "host" not in document:
            self.fault("host", "`host` is missing", 'write host = "NAME", as the inventory calls this host')
        read = {key: known[key](key, value) for key, value in document.items() if key in known}
        return HostConfig(path=path, **{"host": "", **{k: v for k, v in read.items() if v is not None}})

    def fault(self, key: str, message: str, hint: str) -> None:
        """Note a fault at the first line that says the key."""
        pattern = re.compile(rf"""^\s*(\[\s*)?["']?{re.escape(key)}["']?\s*[=\].]""")
        line = next((number for number, text in enumerate(self.lines, 1) if pattern.match(text)), 1)
        self.faults.append(Fault(line, printable(message), hint))

    def text(self, key: str, value: object) -> str | None:
        if isinstance(value, str) and 0 < len(value) <= 2048 and value.isprintable():  # noqa: PLR2004 - a name's limit
            return value
        self.fault(key, f"`{key}` is a text", f'write {key} = "…"')
        return None

    def texts(self, key: str, value: object) -> Iterator[str]:
        if not isinstance(value, list):
            self.fault(key, f"`{key}` is a list of texts", f'write {key} = ["…"]')
            return
        for item in value:
            text = self.text(key, item)
            if text is not None:
                yield text

    _host = _site = _model_server = text

    def _driver(self, key: str, value: object) -> str | None:
        if value in DRIVERS:
            return str(value)
        self.fault(key, f"`{key}` is {', '.join(DRIVERS[:-1])} or {DRIVERS[-1]}", 'write driver = "docker"')
        return None

    def _engine(self, key: str, value: object) -> str | None:
        text = self.text(key, value)
        if text is None or (text.startswith("unix:///") and ".." not in PurePosixPath(text[7:]).parts):
            return text
        self.fault(
            key, "an engine answers at a socket of this host", 'write engine = "unix:///run/docker.sock"'
        )
        return None

    def _address(self, key: str, value: object) -> str | None:
        text = self.text(key, value)
        if text is None or _is_address(text):
            return text
        self.fault(
            key, f"`{text[:64]}` is no IP address", f'write {key} = "10.0.0.1", where others reach this host'
        )
        return None

    def _peers(self, key: str, value: object) -> tuple[Peer, ...] | None:
        if not isinstance(value, dict):
            self.fault(key, "`peers` is a table", 'begin it with [peers], then write NAME = "10.0.0.2"')
            return None
        read = ((host, self._address(host, address)) for host, address in sorted(value.items()))
        return tuple(Peer(host, address) for host, address in read if address is not None)

    def _trusted_keys(self, key: str, value: object) -> tuple[PublicKey, ...]:
        found = []
        for word in self.texts(key, value):
            try:
                found.append(parse_public(word))
            except BadKeyError as error:
                self.fault(key, str(error), 'write trusted_keys = ["ed25519:…"]')
        return tuple(found)

    def _unsigned(self, key: str, value: object) -> bool | None:
        if isinstance(value, bool):
            return value
        self.fault(key, f"`{key}` is true or false", "leave it out, to take what a trusted key signed only")
        return None

    def _registries(self, key: str, value: object) -> tuple[str, ...]:
        found = tuple(self.texts(key, value))
        for name in found:
            if not _REGISTRY.fullmatch(name):
                self.fault(
                    key, f"`{name[:64]}` is no registry", 'write registries = ["registry.example.com/shop"]'
                )
        return found

    def _paths(self, key: str, value: object) -> tuple[Path, ...]:
        paths = [Path(text) for text in self.texts(key, value)]
        for path in paths:
            if not path.is_absolute() or ".." in path.parts:
                self.fault(key, f"`{path}` is no absolute path", f'write {key} = ["/srv/media"]')
        return tuple(paths)

    _host_paths = _paths

    def _folder(self, key: str, value: object) -> Path | None:
        text = self.text(key, value)
        return None if text is None else self.folder / text

    _secrets = _memory = _state = _folder

    def _models(self, key: str, value: object) -> str | None:
        text = self.text(key, value)
        if text is None or text.startswith(("https://", "http://")) or Path(text).is_absolute():
            return text
        self.fault(key, f"`{text[:64]}` is no absolute path and no address", 'write models = "/srv/models"')
        return None

    def _report(self, key: str, value: object) -> str | None:
        text = self.text(key, value)
        if text is None or _is_url(text):
            return text
        self.fault(key, f"`{text[:64]}` is no URL", 'write report = "https://inventory.example.com"')
        return None

    def _report_every(self, key: str, value: object) -> float | None:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_SECONDS:
            return float(value)
        self.fault(key, f"`{key}` is a number of seconds", "write report_every = 60")
        return None

    def _listen(self, key: str, value: object) -> Address | None:
        text = self.text(key, value)
        host, _, port = (text or "").rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if text is None or (_is_address(host) and port.isdecimal() and int(port) <= _MOST_PORT):
            return None if text is None else Address(host, int(port))
        self.fault(key, f"`{text[:64]}` is no address with a port", 'write listen = "127.0.0.1:7070"')
        return None


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
