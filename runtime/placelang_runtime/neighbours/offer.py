"""Offering images to the other members of a site."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore
from typing import Any, ClassVar, Final

from placelang_runtime.containers import images_of, replicas_on, visits_on
from placelang_runtime.doors import SECONDS, Door, Visit, door_at
from placelang_runtime.drivers import Driver, DriverError
from placelang_runtime.neighbours.paths import PORT, identity, path_of
from placelang_runtime.part import Member, SitePart
from placelang_runtime.site.certificates import roots

MOST_AT_ONCE: Final = 2
"""Images that are saved at one time: each takes its room on the disk."""
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a member has to offer: the images of the `part` that holds now, as far as its engine has them. They are
    saved below `state`, so many at a time as `room` lets in."""

    state: Path
    driver: Driver
    part: Callable[[], SitePart | None]
    room: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_AT_ONCE))


def offer(shelf: Shelf, me: Member, members: Iterable[Member]) -> Door:
    """A door at which the other members of the site are given images of the shelf; not open yet. Raises OSError,
    BadKeyError."""
    door = door_at(me.address, PORT, type("ByMember", (_Visit,), {"shelf": shelf}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=roots(one for one in members if one.name != me.name))
    context.load_cert_chain(*identity(shelf.state, me))
    # Hands are shaken in the visit's own thread, not while others wait to come in.
    door.socket = context.wrap_socket(door.socket, server_side=True, do_handshake_on_connect=False)
    return door


def offered(part: SitePart, host: str) -> dict[str, str]:
    """By path, the images of a host's part that have a digest."""
    images = {
        *images_of((*replicas_on(part, host), *visits_on(part, host))),
        *(image for one in part.at_hand if one.host == host for image in one.images),
        *(run.image for job in part.jobs for run in job.runs if run.host == host and run.image is not None),
    }
    paths = ((path_of(image), image) for image in sorted(images))
    return {path: image for path, image in paths if path is not None}


class _Visit(Visit):
    shelf: ClassVar[Shelf]

    def do_GET(self) -> None:  # noqa: N802 - a name of the standard library
        shelf, part = self.shelf, self.shelf.part()
        image = None if part is None else offered(part, shelf.driver.host).get(self.path)
        try:
            if image is None or not shelf.driver.has_image(image):
                self.refuse(HTTPStatus.NOT_FOUND, "there is no such image here")
            elif not shelf.room.acquire(blocking=False):
                self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "others are given images right now")
            else:
                try:
                    self._give(image)
                finally:
                    shelf.room.release()
        except DriverError as error:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error), 6)

    def _give(self, image: str) -> None:
        with TemporaryDirectory(dir=self.shelf.state, prefix="given-") as folder:
            file = Path(folder) / "image.tar"
            self.shelf.driver.save_image(image, file)
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/x-tar")
            self.send_header("Content-Length", str(file.stat().st_size))
            self.end_headers()
            with file.open("rb") as saved:
                while piece := saved.read(_PIECE):
                    self.wfile.write(piece)

    def setup(self) -> None:
        request: Any = self.request
        request.settimeout(SECONDS)
        request.do_handshake()
        super().setup()
