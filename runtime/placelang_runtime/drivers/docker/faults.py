"""What goes wrong with an engine, as `DriverError`: nothing else leaves the driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import requests
from docker import errors
from urllib3.exceptions import HTTPError

from placelang_runtime.drivers.errors import DriverError, Kind

_SAID: Final[tuple[tuple[str, Kind, str], ...]] = (
    ("no space left on device", "disk-full", "free some of its disk"),
    ("disk quota exceeded", "disk-full", "free some of its disk"),
    ("port is already allocated", "taken", "stop what has the port, or publish another one"),
    ("address already in use", "taken", "stop what has the port, or publish another one"),
    ("is already in use by container", "taken", "remove or rename the container that has it"),
    ("no such image", "no-image", "fetch it first"),
    ("manifest unknown", "no-image", "check its name and tag"),
    ("manifest for", "no-image", "check its name and tag"),
    ("repository does not exist", "no-image", "check its name, and that this host may read it"),
    ("pull access denied", "no-image", "check its name, and that this host may read it"),
    ("unauthorized", "refused", "let this host log in to the registry"),
    ("could not select device driver", "refused", "install the toolkit that gives containers its GPUs"),
    ("connection refused", "failed", "check that the registry runs"),
    ("no such host", "failed", "check the name of the registry and the host's DNS"),
    ("i/o timeout", "failed", "check the network"),
    ("timeout exceeded", "failed", "check the network"),
    ("network is unreachable", "failed", "check the network"),
    ("context deadline exceeded", "failed", "try again later"),
    (
        "server gave http response to https client",
        "refused",
        "list the registry as insecure in the engine's settings",
    ),
)
"""What engines say, in lower case, with what that is and what to do about it."""


@contextmanager
def told(what: str) -> Iterator[None]:
    """Raise whatever an engine or the way to it brings about as `DriverError`; `what` is what was to be done."""
    try:
        yield
    except errors.APIError as error:
        raise said(what, str(error.explanation or error), error.status_code) from error
    except (requests.exceptions.Timeout, TimeoutError) as error:
        raise DriverError(
            "unreachable", f"{what}: the engine does not answer; restart it if that lasts"
        ) from error
    except (requests.exceptions.ConnectionError, ConnectionError) as error:
        raise DriverError(
            "unreachable", f"{what}: the engine cannot be reached; check that it runs"
        ) from error
    except (
        errors.DockerException,
        requests.exceptions.RequestException,
        HTTPError,
        OSError,
        ValueError,
    ) as error:
        raise said(what, str(error), None) from error


def said(what: str, words: str, status: int | None) -> DriverError:
    """What an engine said, when it was to do `what`."""
    low = words.lower()
    for part, kind, advice in _SAID:
        if part in low:
            return DriverError(kind, f"{what}: {words}; {advice}")
    if status == 404:  # noqa: PLR2004 - of HTTP
        return DriverError("not-found", f"{what}: {words}")
    if "error while fetching server api version" in low:
        return DriverError("unreachable", f"{what}: the engine cannot be reached; check that it runs")
    return DriverError("failed", f"{what}: {words}")
