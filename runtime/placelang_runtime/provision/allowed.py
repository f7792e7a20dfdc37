"""What a host allows a plan: images from its registries, and those of its paths that it lists.

The host's list holds whatever a plan was signed with. Some paths are never handed over, listed or not: with them, a
container would be the host.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from placelang_runtime.host_config import HostConfig
from placelang_runtime.provision.errors import ProvisionError

DOCKER_IO: Final = "docker.io"
_NEVER: Final = ("/proc", "/sys", "/dev", "/etc", "/run", "/var/run", "/boot", "/root")
_ENGINES: Final = ("/var/lib/docker", "/var/lib/containerd")


def check_image(image: str, config: HostConfig) -> None:
    """Raise `ProvisionError` unless the image may be fetched onto this host."""
    name = repository(image)
    if any(name == allowed or name.startswith(f"{allowed.rstrip('/')}/") for allowed in config.registries):
        return
    registry = name.partition("/")[0]
    raise ProvisionError(
        f"{image} is not here, and {config.path} allows no registry that has it: "
        f'have it loaded, or add to its registries "{registry}"'
    )


def repository(image: str) -> str:
    """Where an image comes from, with the registry that is meant where none is said."""
    name = image.partition("@")[0]
    first, slash, rest = name.partition("/")
    if not slash:
        return f"{DOCKER_IO}/library/{name}"
    if "." in first or ":" in first or first == "localhost":
        return f"{first}/{rest}"
    return f"{DOCKER_IO}/{name}"


def allowed_path(source: str, config: HostConfig) -> Path:
    """The path of the host that a volume may be given, links followed. Raises `ProvisionError`."""
    wanted = Path(source)
    if not wanted.is_absolute():
        raise ProvisionError(f"{source} is no absolute path of the host")
    never = tuple(_never(config))
    _check_never(wanted, source, never)
    path = _resolved(wanted)
    _check_never(path, f"{source} (which is {path})", never)
    if not any(_within(path, _resolved(allowed)) for allowed in config.host_paths):
        raise ProvisionError(f'{config.path} does not allow {source}: add to its host_paths "{path}"')
    return path


def _check_never(path: Path, shown: str, never: Iterable[Path]) -> None:
    if any(_within(path, one) or _within(one, path) for one in never):
        raise ProvisionError(
            f"{shown} is never handed to a container, whatever a plan or the host's list says"
        )


def _never(config: HostConfig) -> Iterable[Path]:
    own = (config.secrets, config.memory, config.state, config.path.absolute())
    engine = () if config.engine is None else (config.engine.removeprefix("unix://"),)
    for path in (*_NEVER, *_ENGINES, *own, *engine):
        yield Path(path)
        yield _resolved(Path(path))


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ProvisionError(f"{path} cannot be followed: {error}") from error


def _within(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder)
