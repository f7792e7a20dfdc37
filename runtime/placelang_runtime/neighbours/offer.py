"""Offering images and models to the other members of a site."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore
from typing import Any, ClassVar, Final

from placelang_runtime.canonical import PlanError
from placelang_runtime.containers import images_of, models_at_hand, replicas_on, visits_on
from placelang_runtime.doors import SECONDS, Door, Visit, door_at
from placelang_runtime.drivers import Driver, DriverError
from placelang_runtime.neighbours.paths import PORT, identity, path_of, path_of_file
from placelang_runtime.neighbours.under_way import stage
from placelang_runtime.part import Member, SitePart
from placelang_runtime.provision.errors import ProvisionError
from placelang_runtime.provision.models import files_of
from placelang_runtime.site.certificates import roots

MOST_AT_ONCE: Final = 2
"""Images that are saved at one time, as each takes its room on the disk, and models that are sent."""
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a member has to offer: the images of the `part` that holds now, as far as its engine has them, and the files
    of its models, as far as they are below `state`. Images are saved there, so many at a time as `room` lets in."""

    state: Path
    driver: Driver
    part: Callable[[], SitePart | None]
    room: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_AT_ONCE))


def offer(shelf: Shelf, me: Member, members: Iterable[Member]) -> Door:
    """A door at which the other members of the site are given what is on the shelf; not open yet. Raises OSError,
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


@dataclass(frozen=True, slots=True)
class Offered:
    """What a host's part has that can be asked for by digest: images, and files of models, by path."""

    images: Mapping[str, str]
    files: Mapping[str, Path]


def offered(part: SitePart, host: str, state: Path) -> Offered:
    """What a host may offer, whether or not it is there."""
    specs = (*replicas_on(part, host), *visits_on(part, host))
    images = {
        *images_of(specs),
        *(image for one in part.at_hand if one.host == host for image in one.images),
        *(run.image for job in part.jobs for run in job.runs if run.host == host and run.image is not None),
    }
    models = {*models_at_hand(part, host), *(model for spec in specs for model in spec.models)}
    files = {file.digest: file.at for model in models if model.digest for file in files_of(state, model)}
    return Offered(
        {path: image for image in sorted(images) if (path := path_of(image)) is not None},
        {path: at for digest, at in files.items() if (path := path_of_file(digest)) is not None},
    )


class _Visit(Visit):
    shelf: ClassVar[Shelf]

    def do_GET(self) -> None:  # noqa: N802 - a name of the standard library
        shelf, part = self.shelf, self.shelf.part()
        try:
            there = Offered({}, {}) if part is None else offered(part, shelf.driver.host, shelf.state)
            image, file = there.images.get(self.path), there.files.get(self.path)
            if image is not None and shelf.driver.has_image(image):
                self._in_turn(partial(self._give_image, image))
            elif file is not None and file.is_file():
                self._in_turn(partial(self._give, file, "application/octet-stream"))
            else:
                self._not_there(known=image is not None or file is not None)
        except DriverError as error:
            self.refuse(HTTPStatus.BAD_GATEWAY, str(error), 6)
        except (PlanError, ProvisionError) as error:
            self.refuse(HTTPStatus.NOT_FOUND, str(error))

    def _in_turn(self, give: Callable[[], None]) -> None:
        if not self.shelf.room.acquire(blocking=False):
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "others are given something right now")
            return
        try:
            give()
        finally:
            self.shelf.room.release()

    def _not_there(self, *, known: bool) -> None:
        match stage(self.shelf.state, self.path) if known else None:
            case "fetching":
                self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "it is being fetched")
            case "asking":
                self.refuse(HTTPStatus.TOO_EARLY, "it is being asked for")
            case _:
                self.refuse(HTTPStatus.NOT_FOUND, "there is no such thing here")

    def _give_image(self, image: str) -> None:
        with TemporaryDirectory(dir=self.shelf.state, prefix="given-") as folder:
            file = Path(folder) / "image.tar"
            self.shelf.driver.save_image(image, file)
            self._give(file, "application/x-tar")

    def _give(self, file: Path, kind: str) -> None:
        with file.open("rb") as saved:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(os.fstat(saved.fileno()).st_size))
            self.end_headers()
            while piece := saved.read(_PIECE):
                self.wfile.write(piece)

    def setup(self) -> None:
        request: Any = self.request
        request.settimeout(SECONDS)
        request.do_handshake()
        super().setup()
