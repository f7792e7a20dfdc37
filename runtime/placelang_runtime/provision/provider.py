"""`HostProvider`: what the hosts that are carried out here give containers, and keep current for them.

What a copy of a container was given lies in folders that are called after it, so that a process that was killed
leaves nothing that the next one does not find, and an old copy and a new one stand side by side.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from errno import ENOSPC
from pathlib import Path

from pydantic import ValidationError

from placelang_runtime.containers import ContainerSpec
from placelang_runtime.drivers import Copy, DriverError, Given, Labels
from placelang_runtime.files import write_whole
from placelang_runtime.host_config import HostConfig
from placelang_runtime.part import SitePart
from placelang_runtime.provision.allowed import allowed_path, check_image
from placelang_runtime.provision.endpoints import (
    HOSTS,
    Endpoint,
    Standing,
    endpoints,
    planned,
    value_of,
    write_endpoints,
)
from placelang_runtime.provision.errors import ProvisionError
from placelang_runtime.provision.secrets import give_secrets, plain_secrets, take_secrets

SPEC = "spec.json"
SEEN = "seen"
"""The folder that the container sees."""


@dataclass(slots=True)
class HostProvider:
    """For hosts of one site, as `config` allows. `copies` is what was heard last of where replicas are reached, by
    host."""

    part: SitePart
    config: HostConfig
    copies: Mapping[str, Sequence[Copy]] = field(default_factory=dict)

    def given(self, spec: ContainerSpec, plan: str) -> Given:
        """What a container needs before it is created. Raises DriverError."""
        key = _key(spec.host, spec.replica, spec.container, spec.digest)
        with _told():
            folder = self._endpoints(spec, self._folder(spec.host) / key) if spec.addresses else None
            return Given(
                plan,
                secrets=give_secrets(self.config.secrets, spec.secrets, self.config.memory / key),
                plain=plain_secrets(self.config.secrets, spec.secrets),
                addresses={one.variable: value_of(one) for one in spec.addresses},
                endpoints=folder,
                hosts=folder / HOSTS if folder is not None else None,
                paths={v.source: allowed_path(v.source, self.config) for v in spec.volumes if v.source},
            )

    def allow(self, image: str) -> None:
        """Raise DriverError unless the image may be fetched from its registry."""
        with _told():
            check_image(image, self.config)

    def lead(self, host: str, copies: Mapping[str, Sequence[Copy]]) -> None:
        """Lead whoever reaches a replica from `host` to where it stands now. Raises DriverError."""
        self.copies = copies
        with _told():
            for folder in sorted(self._folder(host).glob("*/")):
                with suppress(FileNotFoundError, ValidationError):  # cut off before it was used
                    spec = ContainerSpec.model_validate_json((folder / SPEC).read_bytes())
                    self._write(spec, folder / SEEN)

    def release(self, labels: Labels) -> None:
        """Take back what a copy of a container was given. Raises DriverError."""
        key = _key(labels.host, labels.replica, labels.container, labels.spec)
        with _told():
            take_secrets(self.config.memory / key)
            with suppress(FileNotFoundError):
                shutil.rmtree(self._folder(labels.host) / key)

    def _endpoints(self, spec: ContainerSpec, folder: Path) -> Path:
        """The folder that the container sees, with both files as they are right now."""
        (folder / SEEN).mkdir(mode=0o755, parents=True, exist_ok=True)
        write_whole(folder / SPEC, spec.model_dump_json().encode(), mode=0o600)
        for service, found in self._write(spec, folder / SEEN).items():
            if found and not any(one.address for one in found):
                raise ProvisionError(
                    f"{self.config.path} does not say where {found[0].host} is reached, "
                    f"which has {service}: {self._missing(found[0].host)}"
                )
        return folder / SEEN

    def _write(self, spec: ContainerSpec, folder: Path) -> Mapping[str, Sequence[Endpoint]]:
        standing, known = self._standing(), self.config.addresses
        services = sorted({one.service for one in spec.addresses})
        reached = {one: endpoints(one, spec, self.part, standing, known) for one in services}
        write_endpoints(folder, spec.addresses, reached)
        return reached

    def _standing(self) -> Standing:
        """What is seen of the hosts that are carried out here, and what is planned of all others."""
        found = {
            service: {replica: host for replica, host in replicas.items() if host not in self.copies}
            for service, replicas in planned(self.part).items()
        }
        for host, copies in sorted(self.copies.items()):
            for copy in copies:
                if not copy.labels.container and copy.state == "running":
                    found.setdefault(copy.labels.service, {})[copy.labels.replica] = host
        return found

    def _missing(self, host: str) -> str:
        if host == self.config.host:
            return 'write address = "…", the one that others reach it at'
        return f'write {json.dumps(host)} = "…" below [peers]'

    def _folder(self, host: str) -> Path:
        return self.config.state / "endpoints" / _key(host)


def _key(*said: str) -> str:
    """A name for a folder, whatever a plan calls things."""
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong as a driver would tell it."""
    try:
        yield
    except ProvisionError as error:
        raise DriverError("refused", str(error)) from error
    except OSError as error:
        full = error.errno == ENOSPC
        raise DriverError("disk-full" if full else "failed", f"{error.filename}: {error.strerror}") from error
