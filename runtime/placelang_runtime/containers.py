"""What shall run on a host, container by container: from a site's part to specs that drivers carry out.

A `ContainerSpec` says all that makes a container what it is, but for what only the host knows: the contents of secrets
and the addresses of peers. Its digest is the same for as long as a container made anew would be the same one, so that
a new plan which changes nothing of a replica leaves its containers alone. Nothing here looks at a clock or an engine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from placelang_runtime import part as document
from placelang_runtime.base import Amounts, Document, Name, Text, absent
from placelang_runtime.canonical import PlanError, digest
from placelang_runtime.operations import Beside, Drawn, FileDigest, Model, OnePhase, Size, Variant
from placelang_runtime.part import Address, Device, Health, Port, Privileges, Restart, Secret, Shares, Volume
from placelang_runtime.site.members import leased

_CPU: Final = "cpu"
_MEMORY: Final = "memory"


SERVER_READY: Final = "/v2/health/ready"
"""Where the model server says whether it serves all that it should."""


class Served(Document):
    """A model as it is loaded."""

    name: Name
    version: Text | None
    file: Text
    variant: Name | None
    providers: Annotated[tuple[Name, ...], Field(max_length=64)]
    digest: FileDigest = None
    bytes: Size = None
    beside: Beside = ()
    drawn: Drawn = None
    shadow: OnePhase = None
    canary: OnePhase = None

    @property
    def title(self) -> str:
        """What steps call it."""
        return self.name if self.variant is None else f"{self.name} {self.variant}"


class ContainerSpec(Document):
    """One container of a replica: the service's own where `container` is empty, else the sidecar of that name, which
    shares the network of the one whose digest is `joins`. `ports` of sidecars are among those of the service's own, as
    whoever has the network publishes them. What is `leased` runs only while its host has the lease. The `group` is no
    part of what it is."""

    site: Name
    host: Name
    group: Name
    service: Name
    replica: Name
    container: Annotated[str, Field(max_length=2048)]
    joins: Annotated[str, Field(max_length=80)]
    image: Text | None
    command: Annotated[tuple[Text, ...], Field(max_length=1024)]
    env: Annotated[dict[Name, Text], Field(max_length=1024)]
    secrets: Annotated[tuple[Secret, ...], Field(max_length=1024)]
    addresses: Annotated[tuple[Address, ...], Field(max_length=1024)]
    ports: Annotated[tuple[Port, ...], Field(max_length=65_536)]
    volumes: Annotated[tuple[Volume, ...], Field(max_length=1024)]
    health: Health | None
    restart: Restart
    needs: Amounts
    privileges: Privileges
    gpus: Annotated[tuple[Name, ...], Field(max_length=1024)]
    devices: Annotated[tuple[Device, ...], Field(max_length=1024)]
    shares: Shares = ()
    serves: Annotated[tuple[Served, ...], Field(max_length=64)]
    leased: Annotated[bool, Field(exclude_if=absent)] = False

    @property
    def app(self) -> str:
        return self.service.partition(".")[0]

    @property
    def cpu(self) -> int | None:
        """Its limit in millicores."""
        return self.needs.get(_CPU)

    @property
    def memory(self) -> int | None:
        """Its limit in bytes."""
        return self.needs.get(_MEMORY)

    @property
    def gpu_names(self) -> tuple[str, ...]:
        """The GPUs of which it has all or a share, each once."""
        return tuple(dict.fromkeys((*self.gpus, *(share.gpu for share in self.shares))))

    @property
    def is_model_server(self) -> bool:
        """Whether it runs the model server, as it serves models and names nothing else that would."""
        return bool(self.serves) and self.image is None and not self.command

    @property
    def digest(self) -> str:
        """SHA-256 of what makes the container what it is; models are no part of a model server, which changes them
        while it runs."""
        said = self.model_dump(
            mode="json", exclude={"group"} | ({"serves"} if self.is_model_server else set())
        )
        return digest(json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True))

    @property
    def name(self) -> str:
        """What its container is called: another one for another spec, so that a replica's new copy may stand beside
        its old one."""
        return container_name(self.service, self.replica, self.container, self.digest)

    def watched(self) -> ContainerSpec:
        """With the health of a model server where it is one and says nothing else."""
        if not self.is_model_server or self.health is not None:
            return self
        if not self.ports:
            raise PlanError(f"{self.service[:200]} serves models at no port: write `port`")
        ready = Health(
            kind="http",
            port=self.ports[0].container,
            path=SERVER_READY,
            command=(),
            every_ms=1_000,
            timeout_ms=5_000,
            retries=120,
        )
        return self.model_copy(update={"health": ready})

    def volume_name(self, volume: Volume) -> str:
        """What a named volume is called: all containers of a replica find the same one at the same path."""
        return f"{_stem(self.service)}-{_short(self.host, self.replica, volume.path)}"


class ReplicaSpec(Document):
    """A replica on its host: the service's own container, then its sidecars."""

    containers: Annotated[tuple[ContainerSpec, ...], Field(min_length=1, max_length=65)]

    @property
    def own(self) -> ContainerSpec:
        return self.containers[0]

    @property
    def name(self) -> str:
        return self.own.replica

    @property
    def service(self) -> str:
        return self.own.service

    @property
    def group(self) -> str:
        return self.own.group

    @property
    def host(self) -> str:
        return self.own.host

    @property
    def digests(self) -> tuple[str, ...]:
        """What tells this replica from any other version of it."""
        return tuple(container.digest for container in self.containers)

    @property
    def models(self) -> tuple[Served, ...]:
        """Those whose files the host has to have."""
        return self.own.serves if self.own.is_model_server else ()

    @property
    def mark(self) -> str:
        """What tells how it runs from any other way: also which models its server has."""
        served = [one.model_dump_json(exclude={"shadow", "canary"}) for one in self.models]
        return "\n".join((*self.digests, *([digest("\n".join(served))] if served else [])))

    @property
    def untried(self) -> ReplicaSpec:
        """The same, of which no model is tried: it served before."""
        if not any(one.shadow or one.canary for one in self.models):
            return self
        serves = tuple(one.model_copy(update={"shadow": None, "canary": None}) for one in self.own.serves)
        own, *others = self.containers
        return self.model_copy(update={"containers": (own.model_copy(update={"serves": serves}), *others)})

    @property
    def images(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.image for c in self.containers if c.image is not None))


def replicas_on(part: document.SitePart, host: str) -> tuple[ReplicaSpec, ...]:
    """What shall run on the host, in the order of the part; the hours in which a service is active are the caller's
    business, and so are runs of jobs."""
    found = ((group, service, replica) for group, service, replica in _replicas(part) if replica.host == host)
    return tuple(_replica(part, *one) for one in found)


def visits_on(part: document.SitePart, host: str) -> tuple[ReplicaSpec, ...]:
    """Replicas that stand on the host for a while only, as steps say."""
    return tuple(started(part, visit) for visit in part.visits if visit.host == host)


def takeovers_on(part: document.SitePart, host: str) -> tuple[ReplicaSpec, ...]:
    """Replicas as they stand on the host after a loss, each once, by name. Raises PlanError."""
    starts = [s for one in part.contingencies for s in one.starts if s.replica.host == host]
    found = {one.mark: one for one in (started(part, s.replica, s.service) for s in starts)}
    return tuple(sorted(found.values(), key=lambda spec: (spec.name, spec.mark)))


def started(part: document.SitePart, replica: document.Replica, service: str | None = None) -> ReplicaSpec:
    """A replica as it stands on another host than its group has it on: of a visit, or of a contingency, which says the
    service. Raises PlanError where the part does not say what it is."""
    places = list(_replicas(part))
    named = [(g, s) for g, s, r in places if r.name == replica.name and service in {None, s.name}]
    alike = [(g, s) for g, s, _ in places if s.name == service]
    for group, found in (*named, *alike):
        return _replica(part, group, found, replica)
    raise PlanError(f"the part of {part.site} does not say what {replica.name} runs: make the plan anew")


def run_of(part: document.SitePart, job: document.Job, run: document.JobRun) -> ReplicaSpec:
    """One run of a job; it is called after its job, host and round, and nobody starts it again by itself."""
    replica = document.Replica(
        name=f"{job.name}@{run.host}/{run.round}",
        host=run.host,
        image=run.image,
        env=run.env,
        gpus=run.gpus,
        devices=run.devices,
        sidecars=(),
    )
    told = job.model_copy(update={"restart": "never"})
    return ReplicaSpec(containers=(_container(part, job.name, told, replica, job.ports, ()),))


def _replicas(
    part: document.SitePart,
) -> Iterator[tuple[document.Group, document.Service, document.Replica]]:
    for group in part.groups:
        for service in group.services:
            for replica in service.replicas:
                yield group, service, replica


def _replica(
    part: document.SitePart, group: document.Group, service: document.Service, replica: document.Replica
) -> ReplicaSpec:
    ports = (*service.ports, *(port for sidecar in service.sidecars for port in sidecar.ports))
    variants = {one.model: one.variant for one in replica.variants}
    models = [model for model in part.models if model.name in service.serves]
    serves = tuple(served_as(model, variants.get(model.name)) for model in models)
    own = _container(part, group.name, service, replica, ports, serves)
    return ReplicaSpec(containers=(own, *_sidecars(service, replica, own)))


def _sidecars(
    service: document.Service, replica: document.Replica, own: ContainerSpec
) -> Iterator[ContainerSpec]:
    copies = {copy.name: copy for copy in replica.sidecars}
    for sidecar in service.sidecars:
        if sidecar.name not in copies:
            raise PlanError(f"{replica.name} lacks its sidecar {sidecar.name}: make the plan anew")
        copy = copies[sidecar.name]
        yield own.model_copy(
            update=_said(sidecar)
            | _told(copy)
            | {"container": sidecar.name, "joins": own.digest, "ports": (), "serves": ()}
        )


def _container(  # noqa: PLR0917 - what a spec is made of
    part: document.SitePart,
    group: str,
    container: document.Service | document.Job,
    replica: document.Replica,
    ports: tuple[Port, ...],
    serves: tuple[Served, ...],
) -> ContainerSpec:
    try:
        return ContainerSpec(
            site=part.site,
            host=replica.host,
            group=group,
            service=container.name,
            replica=replica.name,
            container="",
            joins="",
            ports=ports,
            serves=serves,
            leased=container.name in leased(part),
            **_said(container) | ({} if replica.needs is None else {"needs": replica.needs}),
            **_told(replica),
        ).watched()
    except ValidationError as error:
        raise PlanError(f"{replica.name[:200]}: {error.errors()[0]['msg'].lower()}") from error


def _said(container: document.Container) -> dict[str, Any]:
    """What all copies of a container have in common."""
    alike = ("command", "secrets", "addresses", "volumes", "health", "restart", "needs", "privileges")
    return {name: getattr(container, name) for name in alike}


def _told(copy: document.Replica | document.SidecarCopy) -> dict[str, Any]:
    """What depends on the host."""
    return {name: getattr(copy, name) for name in ("image", "env", "gpus", "devices", "shares")}


def served_as(model: Model, variant: str | None) -> Served:
    """The model in the variant that the replica serves, the best where it says nothing."""
    form: Model | Variant = next((one for one in model.worse if one.name == variant), model)
    return Served(
        name=model.name,
        version=model.version,
        file=form.file,
        variant=form.name if isinstance(form, Variant) else model.variant,
        providers=model.providers,
        digest=form.digest,
        bytes=form.bytes,
        beside=form.beside,
        drawn=model.drawn,
        shadow=model.shadow,
        canary=model.canary,
    )


def models_at_hand(part: document.SitePart, host: str) -> tuple[Served, ...]:
    """Models that a host of a plan has to have beside what it runs."""
    found: list[Served] = []
    models = {model.name: model for model in part.models}
    for one in part.at_hand:
        if one.host == host:
            several = {served.model for served in one.variants}
            found += [
                served_as(models[name], None) for name in one.models if name in models and name not in several
            ]
            found += [served_as(models[s.model], s.variant) for s in one.variants if s.model in models]
    return tuple(found)


def container_name(service: str, replica: str, container: str, digest: str) -> str:
    """What the container of a spec with that digest is called."""
    return f"{_stem(service)}-{_short(replica, container)}-{digest[7:17]}"


def _stem(service: str) -> str:
    """A name that any engine takes, whatever a plan calls its service."""
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in service
    )
    return f"pl-{plain[:100]}"


def _short(*said: str) -> str:
    return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()[:10]


def images_of(specs: Iterable[ReplicaSpec]) -> tuple[str, ...]:
    """The images of the replicas, each once."""
    return tuple(sorted({image for spec in specs for image in spec.images}))
