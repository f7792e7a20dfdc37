"""Having an image or the files of a model on a host: from a host of the site that has them, else from where they come
from.

Each is fetched once a site. Hosts that are carried out here hand it on; of those with an owner of their own, one
fetches it, and the others wait for that.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from placelang_runtime.apply.asking import Ask, Do, Doing, Request, Rest
from placelang_runtime.apply.scene import Event, Scene
from placelang_runtime.canonical import digest
from placelang_runtime.containers import Served
from placelang_runtime.drivers import Driver, DriverError, Fetched
from placelang_runtime.neighbours.answer import Found

TRIES: Final = 4
"""How often an image is asked for before it counts as missing."""
PAUSE: Final = 1.0
"""Seconds until the second try; twice as many until the next."""
MEANWHILE: Final = 0.2
LATER: Final = 2.0
"""Seconds until a neighbour is asked again that is about to have it."""
MOST_LATER: Final = 900
"""So often, until this host fetches it by itself."""


def fetch_image(scene: Scene, host: str, image: str) -> Doing:
    """Have an image on a host."""
    driver = scene.drivers[host]
    while True:
        if (yield Ask(host, lambda: driver.has_image(image))):
            return
        if image not in scene.fetching:
            break
        yield Rest(MEANWHILE)
    scene.fetching.add(image)
    try:
        for other in [name for name in scene.drivers if name != host]:
            if (yield Ask(other, partial(scene.drivers[other].has_image, image))):
                with suppress(DriverError):  # then it comes from its registry
                    yield from _pass_on(scene, other, host, image)
                    return
        with scene.provider.under_way(image) as begin:
            if not (yield from _receive(scene, driver, image)):
                begin()
                yield from _pull(scene, driver, image)
    finally:
        scene.fetching.discard(image)


def fetch_model(scene: Scene, host: str, model: Served) -> Doing:
    """Have the files of a model on a host."""
    key = f"model {model.digest}"
    while True:
        if (yield Ask(host, partial(scene.provider.has_model, model))):
            return
        if key not in scene.fetching:
            break
        yield Rest(MEANWHILE)
    scene.fetching.add(key)
    try:
        with scene.provider.under_way(model) as begin:
            yield from _from_neighbours(host, partial(scene.provider.model_from_neighbour, host, model))
            begin()
            yield Do(host, "fetch-model", model.title, partial(scene.provider.fetch_model, model))
    finally:
        scene.fetching.discard(key)


def _from_neighbours(host: str, ask: Callable[[], Found]) -> Generator[Request, Any, bool]:
    """Whether it came, once no neighbour is about to have it."""
    for _ in range(MOST_LATER):
        found: Found = yield Ask(host, ask)
        if found != "later":
            return found == "sent"
        yield Rest(LATER)
    return False


def _receive(scene: Scene, driver: Driver, image: str) -> Generator[Request, Any, bool]:
    """Whether the image came from a host of the site that has an owner of its own, and is what the plan says."""
    host, ids = driver.host, scene.part.image_ids.get(image, ())
    if not ids:
        return False
    file = _file_for(scene, host, image)
    try:
        if not (yield from _from_neighbours(host, partial(scene.provider.from_neighbour, host, image, file))):
            return False
        yield Ask(host, partial(driver.check_image, file, image, ids))
        scene.journal.note_image(host, image)
        yield Do(host, "load-image", image, partial(driver.load_image, file))
        there: bool = yield Ask(host, partial(driver.has_image, image))
    except DriverError as error:  # then it comes from its registry
        if error.kind == "unreachable":
            raise
        scene.report(Event("trying-again", "fetch", host, image, error.message))
        return False
    finally:
        file.unlink(missing_ok=True)
    return there


def _file_for(scene: Scene, host: str, image: str) -> Path:
    """Where an image is on its way to a host."""
    return scene.folder / f"{digest(f'{host} {image}')[7:23]}.tar"


def _pass_on(scene: Scene, source: str, host: str, image: str) -> Doing:
    file = _file_for(scene, host, image)
    scene.journal.note_image(
        host, image
    )  # before it comes: whoever is killed right after leaves nothing behind
    try:
        yield Do(source, "save-image", image, lambda: scene.drivers[source].save_image(image, file))
        yield Do(host, "load-image", image, lambda: scene.drivers[host].load_image(file))
    finally:
        file.unlink(missing_ok=True)


def _pull(scene: Scene, driver: Driver, image: str) -> Doing:
    host, pause = driver.host, PAUSE
    yield Ask(host, partial(scene.provider.allow, image))

    carried = 0

    def report(fetched: Fetched) -> None:
        nonlocal carried
        carried = max(carried, fetched.done)
        scene.report(Event("fetching", "fetch", host, image, f"{fetched.done} of {fetched.total}"))

    scene.journal.note_image(host, image)
    for attempt in range(1, TRIES + 1):
        carried = 0
        try:
            yield Do(host, "fetch-image", image, lambda: driver.fetch_image(image, report))
        except DriverError as error:
            if error.kind != "failed" or attempt == TRIES:
                scene.journal.forget_image(host, image)
                raise
            scene.report(Event("trying-again", "fetch", host, image, error.message))
            yield Rest(pause)
            pause *= 2
        else:
            return
        finally:
            if carried:
                scene.journal.note_transfer(image, carried)
