"""How peers are reached: from where replicas stand to a hosts file and a JSON file that a container sees.

`address(shop.till)` is `till.shop.internal:8443`, whatever happens to the service: the port is the first that it
publishes, and where the name leads is kept current in the container's own `/etc/hosts`. A replica is reached at the
address of its host, from its own host too, since that is where its port is published.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from placelang_runtime.containers import ContainerSpec
from placelang_runtime.files import write_whole
from placelang_runtime.part import Address, SitePart

FORMAT: Final = "placelang/endpoints/1"
FILE: Final = "endpoints.json"
HOSTS: Final = "hosts"
DOMAIN: Final = "internal"
"""ICANN keeps it free for private use."""
_LOCAL: Final = ("127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback")

Standing = Mapping[str, Mapping[str, str]]
"""By service, the replicas that can be reached, with the host of each."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A replica that can be reached; `address` is None where nobody told this host how its host is."""

    replica: str
    host: str
    address: str | None


def name_of(service: str) -> str:
    """The name under which a service is reached: `till.shop.internal`."""
    app, _, own = service.partition(".")
    return f"{own}.{app}.{DOMAIN}" if own else f"{app}.{DOMAIN}"


def value_of(address: Address) -> str:
    """What `address(S)` is: it never changes."""
    name = name_of(address.service)
    return name if address.port is None else f"{name}:{address.port}"


def planned(part: SitePart) -> Standing:
    """Where the replicas of a site stand once its plan is carried out."""
    return {s.name: {r.name: r.host for r in s.replicas} for g in part.groups for s in g.services}


def endpoints(
    service: str, spec: ContainerSpec, part: SitePart, standing: Standing, addresses: Mapping[str, str]
) -> tuple[Endpoint, ...]:
    """Whom a container reaches under the service's name, the best first: the replica that its plan links it with, then
    those on its own host, then all others by name."""
    linked = {
        link.replica: link.host
        for group in part.groups
        for one in group.services
        for replica in one.replicas
        if replica.name == spec.replica
        for link in replica.links
        if link.service == service
    }
    found = linked | dict(standing.get(service, {}))
    order = sorted(found, key=lambda name: (name not in linked, found[name] != spec.host, name))
    return tuple(Endpoint(name, found[name], addresses.get(found[name])) for name in order)


def hosts_text(reached: Mapping[str, Sequence[Endpoint]]) -> str:
    """The hosts file of a container that reaches these services."""
    lines = list(_LOCAL)
    for service, found in sorted(reached.items()):
        ips = dict.fromkeys(one.address for one in found if one.address is not None)
        lines += [f"{ip} {name_of(service)}" for ip in ips]
    return "".join(f"{line}\n" for line in lines)


def endpoints_text(addressed: Iterable[Address], reached: Mapping[str, Sequence[Endpoint]]) -> str:
    """The same as JSON, with every replica by itself."""
    services = {
        one.service: {
            "address": value_of(one),
            "port": one.port,
            "replicas": [
                {"replica": end.replica, "host": end.host, "address": end.address}
                for end in reached[one.service]
            ],
        }
        for one in addressed
    }
    return json.dumps({"format": FORMAT, "services": services}, indent=2, sort_keys=True) + "\n"


def write_endpoints(
    folder: Path, addressed: Iterable[Address], reached: Mapping[str, Sequence[Endpoint]]
) -> None:
    """Bring both files in the folder up to date; what is right is not touched. Raises OSError."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.chmod(0o755)
    text = endpoints_text(addressed, reached).encode()
    if _content(folder / FILE) != text:
        write_whole(folder / FILE, text, mode=0o644)
    _write_in_place(folder / HOSTS, hosts_text(reached).encode())


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write_in_place(path: Path, text: bytes) -> None:
    """Keep the file itself, which is what a container has mounted. One write has all of it, and empty lines stand for
    what is left of the text before, so that no reader finds less than one of the two."""
    before = _content(path)
    if before is not None and before.rstrip(b"\n") == text.rstrip(b"\n"):
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        os.fchmod(handle, 0o644)
        os.pwrite(handle, text.ljust(len(before or b""), b"\n"), 0)
        os.fsync(handle)
    finally:
        os.close(handle)
