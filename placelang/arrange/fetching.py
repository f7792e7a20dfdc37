"""What a site fetches: images and models of what starts, then those that its hosts have at hand for losses.

Each is fetched once a site. What only has to be at hand comes after all that the plan itself needs, goes on to each of
the hosts concerned, and nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from placelang.arrange import durations
from placelang.arrange.board import Board
from placelang.arrange.moving import Standing
from placelang.lower import Lowered
from placelang.lower.running import copies_of
from placelang_runtime.containers import Served, models_at_hand, served_as
from placelang_runtime.part import AtHand, SitePart

_TYPICAL = {"fetch-image": durations.IMAGE_BYTES, "fetch-model": durations.MODEL_BYTES}


@dataclass(frozen=True, slots=True)
class Thing:
    """An image or a model, as steps name it; `files` tell a model from others of that name, and are so many `bytes`,
    where that is known."""

    kind: Literal["fetch-image", "fetch-model"]
    of: str
    files: str = ""
    bytes: int | None = None


Numbers = Mapping[tuple[str, Thing], int]
"""The steps that fetch, by site and what they fetch."""


def things(standing: Standing) -> Iterator[Thing]:
    """The images and models of a replica, each once."""
    variants = {one.model: one.variant for one in standing.replica.variants}
    images = (_image(copy.image) for copy in copies_of(standing.replica) if copy.image is not None)
    models = (_model(served_as(model, variants.get(model.name))) for model in standing.models)
    return iter(dict.fromkeys((*images, *models)))


def fetch(
    board: Board, lowered: Lowered, before: Iterable[Standing], starting: Iterable[Standing]
) -> Numbers:
    """A step for each thing of what starts that its site does not have yet."""
    starts = tuple(starting)
    sites = {standing.site for standing in starts}
    there = {(one.site, thing) for one in before if one.site in sites for thing in things(one)}
    wanted: dict[str, dict[Thing, None]] = {}
    for standing in starts:
        for thing in things(standing):
            if (standing.site, thing) not in there:
                wanted.setdefault(standing.site, {})[thing] = None
    return {
        (site, thing): number
        for site, lacking in wanted.items()
        for thing, number in _fetched(board, lowered, site, tuple(lacking)).items()
    }


def have_at_hand(
    board: Board, lowered: Lowered, before: Iterable[Standing], parts: Sequence[SitePart], fetches: Numbers
) -> None:
    """A step for each thing that a host needs for contingencies and does not have yet."""
    insured = [part for part in parts if part.at_hand]
    if not insured:
        return
    there = _there(lowered, before)
    coming: dict[str, dict[Thing, int]] = {}
    for (site, thing), number in fetches.items():
        coming.setdefault(site, {})[thing] = number
    for part in insured:
        needed = coming.get(part.site, {})
        wanted = [
            (hand.host, thing)
            for hand in part.at_hand
            for thing in _at_hand(part, hand)
            if thing not in there.get(hand.host, ())
        ]
        here = set(needed).union(*(there.get(host.name, ()) for host in part.hosts))
        lacking = tuple(dict.fromkeys(thing for _, thing in wanted if thing not in here))
        fetched = _fetched(board, lowered, part.site, lacking)
        for number in fetched.values():
            for earlier in needed.values():
                board.edge(earlier, number)
        for host, thing in wanted:
            number = board.add(part.site, thing.kind, thing.of, host, durations.PASS)
            first = needed.get(thing, fetched.get(thing))
            if first is not None:
                board.edge(first, number)


def _fetched(board: Board, lowered: Lowered, site: str, lacking: Sequence[Thing]) -> dict[Thing, int]:
    """A step for each of them, which share the uplink of their site."""
    row = lowered.world.sites.rows[site]
    known = {**lowered.program.image_sizes, **{one.of: one.bytes for one in lacking if one.bytes is not None}}
    size = sum(known.get(thing.of, _TYPICAL[thing.kind]) for thing in lacking)
    seconds = durations.fetch_seconds(lowered, row, size)
    return {thing: board.add(site, thing.kind, thing.of, None, seconds) for thing in lacking}


def _there(lowered: Lowered, before: Iterable[Standing]) -> Mapping[str, set[Thing]]:
    """By host, what the plan that runs has there: of replicas, and at hand."""
    there: dict[str, set[Thing]] = {}
    for standing in before:
        there.setdefault(standing.replica.host, set()).update(things(standing))
    for part in lowered.current.parts if lowered.current is not None else ():
        for hand in part.at_hand:
            there.setdefault(hand.host, set()).update(_at_hand(part, hand))
    return there


def _at_hand(part: SitePart, hand: AtHand) -> Iterator[Thing]:
    yield from (_image(image) for image in hand.images)
    yield from (_model(served) for served in models_at_hand(part, hand.host))


def _image(image: str) -> Thing:
    return Thing("fetch-image", image)


def _model(served: Served) -> Thing:
    drawn = "" if served.drawn is None else served.drawn.digest
    files = f"{served.version} {served.file} {served.digest} {drawn}"
    return Thing("fetch-model", served.title, files, served.bytes)
