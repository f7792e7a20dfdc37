"""Images: from a registry, to a neighbour and from it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from docker import auth, errors

from placelang_runtime.drivers.docker.archive import check_archive
from placelang_runtime.drivers.docker.faults import said
from placelang_runtime.drivers.docker.references import alias, reference, split
from placelang_runtime.drivers.driver import Fetched
from placelang_runtime.drivers.errors import DriverError

QUIET: Final = 300.0
"""An engine that says nothing for so many seconds about an image that it fetches has given up."""

_LEFT: Final = frozenset({404, 409})
"""It is not there, or in use, in the words of HTTP."""


def known_as(client: Any, image: str) -> str | None:
    """What the engine calls the image: its name, or its alias where it came from a neighbour. None where it is not
    there."""
    for name in (reference(image), alias(image)):
        if name is not None:
            with contextlib.suppress(errors.ImageNotFound, errors.NotFound):
                client.inspect_image(name)
                return name
    return None


def fetch(client: Any, image: str, report: Callable[[Fetched], None]) -> None:
    """Have it from its registry."""
    repository, tag = split(reference(image))
    client.ping()  # one that hangs already is not given so long
    headers = {}
    header = auth.get_config_header(client, auth.resolve_repository_name(repository)[0])
    if header:
        headers["X-Registry-Auth"] = header
    # Not `client.pull`, which waits forever for an engine that hangs.
    answer = client.post(
        f"{client.base_url}/v{client.api_version}/images/create",
        params={"fromImage": repository, "tag": tag},
        headers=headers,
        stream=True,
        timeout=(client.timeout, QUIET),
    )
    with contextlib.closing(answer):
        client._raise_for_status(answer)  # noqa: SLF001 - it makes the SDK's own errors
        done: dict[str, tuple[int, int]] = {}
        for event in _events(image, answer.iter_lines()):
            if _counted(event, done):
                report(Fetched(image, sum(d for d, _ in done.values()), sum(t for _, t in done.values())))


def _events(image: str, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """What the engine tells, until it tells of a fault."""
    for line in lines:
        event = json.loads(line) if line else {}
        if "error" in event:
            raise said(f"fetching {image}", str(event["error"]), None)
        yield event


def _counted(event: dict[str, Any], done: dict[str, tuple[int, int]]) -> bool:
    """Whether an event tells how much of a layer was downloaded; it is kept in `done`."""
    layer, status, detail = event.get("id"), event.get("status"), event.get("progressDetail") or {}
    if layer and status == "Downloading" and "total" in detail:
        done[layer] = (int(detail.get("current", 0)), int(detail["total"]))
    elif layer in done and status == "Download complete":
        done[layer] = (done[layer][1], done[layer][1])
    else:
        return False
    return True


def save(client: Any, image: str, to: Path) -> None:
    """Write it to a file, under a name that survives that."""
    known = known_as(client, image)
    if known is None:
        raise DriverError("no-image", f"{image} is not here: fetch it first")
    name = alias(image) or image
    if name != known:
        repository, tag = split(name)
        client.tag(known, repository, tag)
    partial = to.with_name(to.name + ".part")
    try:
        with partial.open("wb") as file:
            for piece in client.get_image(name):
                file.write(piece)
        partial.replace(to)
    finally:
        partial.unlink(missing_ok=True)


def check(file: Path, image: str, ids: Collection[str]) -> None:
    """Raise DriverError unless the file is what `save` makes of the image."""
    check_archive(file, alias(image) or image, ids)


def load(client: Any, file: Path) -> None:
    """Have the image that a neighbour saved."""
    with file.open("rb") as opened:
        for event in client.load_image(opened, quiet=True):
            if "error" in event:
                raise said(f"loading {file.name}", str(event["error"]), None)


def remove(client: Any, image: str) -> None:
    """Remove it under all the names that it has by us; one that a container is made of stays."""
    for name in (alias(image), reference(image)):
        if name is not None:
            _remove_name(client, name)


def _remove_name(client: Any, name: str) -> None:
    try:
        client.remove_image(name)
    except errors.APIError as error:
        if error.status_code not in _LEFT:
            raise
