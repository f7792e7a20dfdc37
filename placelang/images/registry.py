"""Registries: which digest the name of an image leads to right now, by the OCI distribution API.

What a registry says is not believed: the manifest is fetched and hashed here. Connections are encrypted, except to this
machine itself. Who somebody is to a registry is what `docker login` kept, read by the same library.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from docker import auth
from docker.errors import DockerException

from placelang_runtime.provision.allowed import DOCKER_IO, repository

SECONDS: Final = 15.0
MOST_BYTES: Final = 8 << 20
_MANIFESTS: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})
_CHALLENGE = re.compile(r'([a-z_]+)="([^"]*)"')


class RegistryError(Exception):
    """What a registry did not tell, and why."""


@dataclass(slots=True)
class Registries:
    """Asks registries, each over one connection, with what `docker login` kept."""

    session: requests.Session = field(default_factory=requests.Session)
    logins: Any = field(default_factory=auth.load_config)
    granted: dict[tuple[str, str], str] = field(default_factory=dict)

    def lock(self, image: str) -> str:
        """The image by its digest. Raises `RegistryError`."""
        named, at, digest = image.partition("@")
        _, _, tag = parts_of(named)
        if at:
            _check_digest(image, digest)
            return image
        return f"{named.removesuffix(f':{tag}')}@sha256:{hashlib.sha256(self.manifest(image)).hexdigest()}"

    def manifest(self, image: str) -> bytes:
        """What the image's tag leads to right now, or its digest always. Raises `RegistryError`."""
        named, at, digest = image.partition("@")
        host, name, tag = parts_of(named)
        if at:
            _check_digest(image, digest)
        try:
            found = self._manifest(f"{_address(host)}/v2/{name}/manifests/{digest or tag}", host, name)
        except requests.RequestException as error:
            raise RegistryError(f"{image}: {host} does not answer: {type(error).__name__}") from error
        except RegistryError as error:
            raise RegistryError(f"{image}: {error}") from error
        if at and f"sha256:{hashlib.sha256(found).hexdigest()}" != digest:
            raise RegistryError(f"{image}: {host} sent something else")
        return found

    def blob(self, image: str, digest: str) -> tuple[str, dict[str, str]]:
        """Where a part of an image whose manifest was fetched is, and with which headers it is asked for. Raises
        `RegistryError`."""
        host, name, _ = parts_of(image.partition("@")[0])
        granted = self.granted.get((host, name))
        headers = {} if granted is None else {"Authorization": granted}
        return f"{_address(host)}/v2/{name}/blobs/{digest}", headers

    def _manifest(self, url: str, host: str, name: str) -> bytes:
        known = self.granted.get((host, name))
        status, headers, content = self._get(url, known)
        if status == requests.codes.unauthorized and known is None:
            granted = self._login(headers.get("WWW-Authenticate", ""), host, name)
            self.granted[host, name] = granted
            status, headers, content = self._get(url, granted)
        if status in {requests.codes.unauthorized, requests.codes.forbidden}:
            raise RegistryError(f"{host} lets nobody see it who is not logged in: `docker login {host}`")
        if status == requests.codes.not_found:
            raise RegistryError(f"{host} has no such image")
        if status != requests.codes.ok:
            raise RegistryError(f"{host} answers {status}")
        said = headers.get("Docker-Content-Digest")
        if said is not None and said != f"sha256:{hashlib.sha256(content).hexdigest()}":
            raise RegistryError(f"{host} says that it is {said[:80]}, and sent something else")
        return content

    def _get(self, url: str, authorization: str | None) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Accept": ", ".join(_MANIFESTS)} | (
            {"Authorization": authorization} if authorization else {}
        )
        with self.session.get(url, headers=headers, timeout=SECONDS, stream=True) as answer:
            content = b""
            for chunk in answer.iter_content(1 << 16):
                content += chunk
                if len(content) > MOST_BYTES:
                    raise RegistryError(f"its manifest is larger than {MOST_BYTES} bytes")
            return answer.status_code, answer.headers, content

    def _login(self, challenge: str, host: str, name: str) -> str:
        """What to say to the registry so that it answers."""
        kind, _, rest = challenge.partition(" ")
        asked = dict(_CHALLENGE.findall(rest))
        known = self._known(host)
        if kind.lower() == "basic" and known is not None:
            return str(requests.Request("GET", "http://-", auth=known).prepare().headers["Authorization"])
        realm = urlsplit(asked.get("realm", ""))
        if kind.lower() != "bearer" or not (realm.scheme == "https" or realm.hostname in _LOOPBACK):
            raise RegistryError(f"{host} lets nobody see it who is not logged in: `docker login {host}`")
        wanted = {"service": asked.get("service", host), "scope": f"repository:{name}:pull"}
        answer = self.session.get(realm.geturl(), params=wanted, auth=known, timeout=SECONDS)
        try:
            said = answer.json()
            return f"Bearer {said.get('token') or said['access_token']}"
        except (ValueError, KeyError, AttributeError) as error:
            raise RegistryError(
                f"{realm.hostname} gives no token: it answers {answer.status_code}"
            ) from error

    def _known(self, host: str) -> tuple[str, str] | None:
        try:
            found = self.logins.resolve_authconfig(None if host == DOCKER_IO else host) or {}
        except DockerException:
            return None
        name, password = (
            found.get("Username") or found.get("username"),
            found.get("Password") or found.get("password"),
        )
        return (name, password) if name and password else None


def _address(host: str) -> str:
    scheme = "http" if host.partition(":")[0] in _LOOPBACK else "https"
    return f"{scheme}://{'registry-1.docker.io' if host == DOCKER_IO else host}"


def _check_digest(image: str, digest: str) -> None:
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise RegistryError(f"{image}: {digest[:80]} is no digest")


def parts_of(image: str) -> tuple[str, str, str]:
    """Registry, name in it, and tag, of an image without a digest. Raises `RegistryError`."""
    host, _, rest = repository(image).partition("/")
    name, colon, tag = rest.partition(":")
    tag = tag if colon else "latest"
    if not (_HOST.fullmatch(host) and _NAME.fullmatch(name) and _TAG.fullmatch(tag)):
        raise RegistryError(f"{image[:200]!r} is no name of an image")
    return host, name, tag
