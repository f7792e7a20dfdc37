"""`HostProvider`: what the hosts that are carried out here give containers, and keep current for them.

What a copy of a container was given lies in folders that are called after it, so that a process that was killed
leaves nothing that the next one does not find, and an old copy and a new one stand side by side.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from errno import ENOSPC
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from placelang_runtime.containers import ContainerSpec, Served
from placelang_runtime.drivers import Copy, Driver, DriverError, Given, Labels
from placelang_runtime.files import write_whole
from placelang_runtime.host_config import HostConfig
from placelang_runtime.neighbours.answer import Found
from placelang_runtime.neighbours.ask import MOST_BYTES, ask_neighbours
from placelang_runtime.neighbours.paths import path_of, path_of_file
from placelang_runtime.neighbours.under_way import under_way
from placelang_runtime.part import SitePart
from placelang_runtime.provision.allowed import allowed_path, check_image
from placelang_runtime.provision.endpoints import (
    HOSTS,
    Standing,
    endpoints,
    planned,
    value_of,
    write_endpoints,
)
from placelang_runtime.provision.errors import ProvisionError
from placelang_runtime.provision.models import (
    fetch_model,
    is_stored,
    keep_models,
    promote_models,
    receive,
    release_models,
    serve_models,
)
from placelang_runtime.provision.secrets import give_secrets, plain_secrets, read_secret

SPEC = "spec.json"
SEEN = "seen"
"""The folder that the container sees."""


@dataclass(slots=True)
class HostProvider:
    """For hosts of one site, as `config` allows. `drivers` know how containers reach their own host, where nobody said
    at which address it is; `copies` is what was heard last of where replicas are reached, by host."""

    part: SitePart
    config: HostConfig
    drivers: Mapping[str, Driver] = field(default_factory=dict)
    copies: Mapping[str, Sequence[Copy]] = field(default_factory=dict)

    def given(self, spec: ContainerSpec, plan: str) -> Given:
        """What a container needs before it is created. Raises DriverError."""
        key = _key(spec.replica, spec.container, spec.digest)
        folder = self._kept(spec.host) / key
        with _told():
            self._check_reached(spec)
            if spec.secrets or spec.addresses:
                (folder / SEEN).mkdir(parents=True, exist_ok=True)
                write_whole(folder / SPEC, spec.model_dump_json().encode(), mode=0o600)
                self._write(spec, folder / SEEN)
            return Given(
                plan,
                secrets=give_secrets(self.config.secrets, spec.secrets, self._memory(spec.host) / key),
                plain=plain_secrets(self.config.secrets, spec.secrets),
                addresses={one.variable: value_of(one) for one in spec.addresses},
                endpoints=folder / SEEN if spec.addresses else None,
                hosts=folder / SEEN / HOSTS if spec.addresses else None,
                paths={v.source: allowed_path(v.source, self.config) for v in spec.volumes if v.source},
                gpus={name: self.part.gpu_ids[name] for name in spec.gpu_names if name in self.part.gpu_ids},
                models=serve_models(self.config.state, spec.host, key, spec)
                if spec.is_model_server
                else None,
                server=self.config.model_server,
            )

    def promote(self, spec: ContainerSpec) -> None:
        """Have the versions of a container serve alone. Raises DriverError."""
        with _told():
            key = _key(spec.replica, spec.container, spec.digest)
            promote_models(self.config.state, spec.host, key, spec)

    def check(self, spec: ContainerSpec) -> None:
        """Raise DriverError unless this host has the secrets of a container, and allows the paths that it wants."""
        for why in self.refused(spec):
            raise DriverError("refused", why)

    def refused(self, spec: ContainerSpec) -> Iterator[str]:
        """What a container wants and this host does not have, or does not allow: secrets and paths."""
        kept = self.config.secrets
        asking: list[Callable[[], object]] = [
            partial(plain_secrets, kept, (one,)) if one.plain else partial(read_secret, kept, one.secret)
            for one in spec.secrets
        ]
        asking += [
            partial(allowed_path, volume.source, self.config) for volume in spec.volumes if volume.source
        ]
        for asked in asking:
            try:
                with _told():
                    asked()
            except DriverError as error:
                yield error.message

    def allow(self, image: str) -> None:
        """Raise DriverError unless the image may be fetched from its registry."""
        with _told():
            check_image(image, self.config)

    def has_model(self, model: Served) -> bool:
        """Whether the files of a model are here. Raises DriverError."""
        with _told():
            return is_stored(self.config.state, model)

    def fetch_model(self, model: Served) -> None:
        """Have them, from where this host was told. Raises DriverError."""
        with _told():
            fetch_model(self.config.state, model)

    def keep_models(self, models: Collection[Served]) -> None:
        """Remove the files of all others. Raises DriverError."""
        with _told():
            keep_models(self.config.state, models)

    def from_neighbour(self, host: str, image: str, to: Path) -> Found:
        """Ask members of the site that are not carried out here for a file with the image; it is as they say. Raises
        DriverError."""
        with _told():
            return self._ask(host, path_of(image), to)

    def model_from_neighbour(self, host: str, model: Served) -> Found:
        """Ask them for the files of a model, which are then to be fetched no more. Raises DriverError."""
        with _told():
            return receive(
                self.config.state,
                model,
                lambda file, to: self._ask(host, path_of_file(file.digest), to, file.bytes),
            )

    @contextmanager
    def under_way(self, what: str | Served) -> Iterator[Callable[[], None]]:
        """Tell members of the site that ask for an image or a model that it is about to be here; and once what is given
        is called, that it is being fetched. Raises DriverError."""
        path = path_of(what) if isinstance(what, str) else path_of_file(what.digest)
        with ExitStack() as stack:
            begin = None
            if path is not None and self.part.members:
                with _told():
                    begin = stack.enter_context(under_way(self.config.state, path))
            yield begin or (lambda: None)

    def _ask(self, host: str, path: str | None, to: Path, most: int = MOST_BYTES) -> Found:
        others = [one for one in self.part.members if one.name not in self.drivers and not one.arbiter]
        me = next((one for one in self.part.members if one.name == host), None)
        if me is None or not others:
            return "none"
        return ask_neighbours(self.config.state, me, others, path, to, most)

    def settle(self, host: str, copies: Sequence[Copy]) -> None:
        """Have what the copies on a host were given, as it is in memory only and secrets change, and take back what
        none of them has: whoever was cut off left it. Raises DriverError."""
        keys = {_key(one.labels.replica, one.labels.container, one.labels.spec) for one in copies}
        with _told():
            for folder in (*self._kept(host).glob("*/"), *self._memory(host).glob("*/")):
                if folder.name not in keys:
                    shutil.rmtree(folder)
            release_models(self.config.state, host, keys)
            for folder, spec in self._specs(host):
                with suppress(ProvisionError):  # it keeps what it has
                    give_secrets(self.config.secrets, spec.secrets, self._memory(host) / folder.name)

    def lead(self, host: str, copies: Mapping[str, Sequence[Copy]]) -> None:
        """Lead whoever reaches a replica from `host` to where it stands now. Raises DriverError."""
        self.copies = copies
        with _told():
            for folder, spec in self._specs(host):
                self._write(spec, folder / SEEN)

    def release(self, labels: Labels) -> None:
        """Take back what a copy of a container was given. Raises DriverError."""
        key = _key(labels.replica, labels.container, labels.spec)
        with _told():
            for folder in (self._memory(labels.host), self._kept(labels.host)):
                with suppress(FileNotFoundError):
                    shutil.rmtree(folder / key)

    def _check_reached(self, spec: ContainerSpec) -> None:
        """Raise ProvisionError unless everything that the container addresses is where somebody told this host."""
        for why in self.unreached(spec):
            raise ProvisionError(why)

    def unreached(self, spec: ContainerSpec) -> Iterator[str]:
        """What the container addresses and nobody told this host where it is."""
        for service in sorted({one.service for one in spec.addresses}):
            found = endpoints(service, spec, self.part, planned(self.part), self._addresses(spec.host))
            if found and not any(one.address for one in found):
                host = found[0].host
                line = (
                    'address = "…"' if host == self.config.host else f'{json.dumps(host)} = "…" below [peers]'
                )
                said = f"{self.config.path} does not say where {host} is reached, which has {service}"
                yield f"{said}: write {line}"

    def _specs(self, host: str) -> Iterator[tuple[Path, ContainerSpec]]:
        for folder in sorted(self._kept(host).glob("*/")):
            with suppress(FileNotFoundError, ValidationError):  # cut off before it was used
                yield folder, ContainerSpec.model_validate_json((folder / SPEC).read_bytes())

    def _write(self, spec: ContainerSpec, folder: Path) -> None:
        if spec.addresses:
            standing, known = self._standing(), self._addresses(spec.host)
            services = sorted({one.service for one in spec.addresses})
            reached = {one: endpoints(one, spec, self.part, standing, known) for one in services}
            write_endpoints(folder, spec.addresses, reached)

    def _addresses(self, host: str) -> Mapping[str, str]:
        """Where hosts are reached from containers of `host`."""
        known = self.config.addresses
        if host in known or host not in self.drivers:
            return known
        gateway = self.drivers[host].gateway()
        return known if gateway is None else known | {host: gateway}

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

    def _kept(self, host: str) -> Path:
        return self.config.state / "given" / _key(host)

    def _memory(self, host: str) -> Path:
        return self.config.memory / _key(host)


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
