"""The container engine: which one answers, and its version."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from placelang_runtime.probe.found import Found, NotFoundOutError

SOCKETS: Final = (("docker", "/var/run/docker.sock"), ("podman", "/run/podman/podman.sock"))
SECONDS: Final = 1.0


def engine() -> Found:
    """The engine that DOCKER_HOST names, or whose socket is where it usually is; `none` where there is no socket."""
    from placelang_runtime.docker_sdk import docker  # noqa: PLC0415 - a fifth of a second, in its own thread

    named = os.environ.get("DOCKER_HOST")
    there = [(name, f"unix://{path}") for name, path in SOCKETS if Path(path).exists()]
    places = [("docker", named)] if named else there
    if not places:
        return Found({"runtime": "none"})
    name, address = places[0]
    try:
        client = docker.DockerClient(base_url=address, timeout=SECONDS)
        version = client.version()
        client.close()
    except (docker.errors.DockerException, OSError) as error:
        raise NotFoundOutError(f"{name} does not answer at {address}: {error}"[:500]) from error
    return Found({"runtime": name}, {"runtime.version": str(version.get("Version", ""))[:200] or None})
