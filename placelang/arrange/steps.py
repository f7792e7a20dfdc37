"""The steps from what runs to a plan: ordered by the scheduler, told in the plan's terms, site by site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from placelang.arrange import durations
from placelang.arrange.board import Board
from placelang.arrange.moving import Moving, Standing, find_moves, standing_in, swaps
from placelang.arrange.naming import Placed
from placelang.arrange.obstacles import breach_text, early_text
from placelang.arrange.visits import find_visits
from placelang.lower import Lowered
from placelang.lower.running import copies_of
from placelang_runtime.operations import Model, Variant
from placelang_runtime.part import SitePart
from placelang_runtime.steps import Schedule
from placelang_scheduler.steps import Act, Order, Step, order

Fetched = tuple[Literal["fetch-image", "fetch-model"], str]
"""A kind of step that fetches, and what."""


@dataclass(frozen=True, slots=True)
class Change:
    """What `moving` comes to in `order`, from the replicas `before` to those `after`, by name; `swaps` are
    those that go on with other models."""

    lowered: Lowered
    moving: tuple[Moving, ...]
    order: Order
    before: Mapping[str, Standing]
    after: Mapping[str, Standing]
    swaps: tuple[str, ...]

    def site(self, step: Step) -> int:
        """The site of a step."""
        return int(self.lowered.world.hosts.parents[step.host])

    def site_of(self, name: str) -> int:
        """The site of a replica."""
        return self.lowered.world.sites.rows[self.after[name].site]

    def name(self, step: Step) -> str:
        """The replica that a step is about."""
        return self.moving[step.move].name


def with_steps(
    lowered: Lowered, placed: tuple[Placed, ...], parts: tuple[SitePart, ...]
) -> tuple[tuple[SitePart, ...], Schedule]:
    """The parts with their steps, and what sums them up."""
    before = standing_in(lowered.current.parts) if lowered.current is not None else {}
    after = standing_in(parts)
    moving = find_moves(lowered, placed, before, after)
    swapped = tuple(name for name in sorted(after) if swaps(before.get(name), after[name]))
    change = Change(lowered, moving, put_in_order(lowered, placed, moving), before, after, swapped)
    board = Board()
    fetches = _fetch(board, change)
    _carry_out(board, change, fetches)
    _swap(board, change, fetches)
    _have_at_hand(board, change, parts, fetches)
    return board.share_out(parts, find_visits(lowered, placed, moving, change.order))


def put_in_order(lowered: Lowered, placed: tuple[Placed, ...], moving: Sequence[Moving]) -> Order:
    """The order of the moves."""
    return order(lowered.problem, counts_of(lowered, placed), [m.move for m in moving], lowered.after)


def counts_of(lowered: Lowered, placed: tuple[Placed, ...]) -> tuple[Mapping[int, int], ...]:
    """Replicas by unit and host."""
    counts: list[dict[int, int]] = [{} for _ in lowered.units]
    for p in placed:
        counts[p.unit][p.host] = counts[p.unit].get(p.host, 0) + 1
    return tuple(counts)


def _fetch(board: Board, change: Change) -> dict[tuple[int, Fetched], int]:
    """A step for each image and model that a site does not have yet, once a site, by its number."""
    names = change.lowered.world.sites.names
    at_hand = {(s.site, thing) for s in change.before.values() for thing in _things(s, loaded=True)}
    wanted: dict[int, dict[Fetched, None]] = {}
    starts = [(change.site(s), change.name(s)) for s in change.order.steps if s.act is Act.START]
    for site, name in (*starts, *((change.site_of(name), name) for name in change.swaps)):
        standing = change.after[name]
        for thing, loaded in zip(_things(standing), _things(standing, loaded=True), strict=True):
            if (names[site], loaded) not in at_hand:
                wanted.setdefault(site, {})[thing] = None
    numbers = {}
    for site, things in wanted.items():
        for kind, of in things:
            size = durations.IMAGE_BYTES if kind == "fetch-image" else durations.MODEL_BYTES
            seconds = durations.fetch_seconds(change.lowered, site, size, len(things))
            numbers[site, (kind, of)] = board.add(names[site], kind, of, None, seconds)
    return numbers


def _things(standing: Standing, *, loaded: bool = False) -> Iterator[Fetched]:
    """The images and models of a replica; models as they are `loaded`, or by name alone."""
    for copy in copies_of(standing.replica):
        if copy.image is not None:
            yield "fetch-image", copy.image
    variants = {one.model: one.variant for one in standing.replica.variants}
    for model in standing.models:
        files = {model.variant: _file(model)} | {one.name: _file(one) for one in model.worse}
        variant = variants.get(model.name) if model.worse else None
        name = model.name if variant is None else f"{model.name} {variant}"
        file = files.get(variant, _file(model))
        drawn = "" if model.drawn is None else f" {model.drawn.digest}"
        yield "fetch-model", f"{name} {model.version} {file}{drawn}" if loaded else name


def _file(form: Model | Variant) -> str:
    return form.file if form.digest is None else f"{form.file} {form.digest}"


def _carry_out(board: Board, change: Change, fetches: Mapping[tuple[int, Fetched], int]) -> None:
    """All that the order says, whoever is reached somewhere else now, and what is left behind."""
    world, moving = change.lowered.world, change.moving
    numbers: list[int] = []
    switches: dict[int, int] = {}
    stops: dict[int, list[int]] = {}
    for step in change.order.steps:
        name, site, host = change.name(step), change.site(step), world.hosts.names[step.host]
        if step.act is Act.STOP:
            number = board.add(world.sites.names[site], "stop", name, host, durations.STOP)
            if not moving[step.move].lost:
                stops.setdefault(step.host, []).append(number)
        else:
            seconds = durations.start_seconds(change.after[name].service.health)
            number = board.add(world.sites.names[site], "start", name, host, seconds)
            for thing in _things(change.after[name]):
                if (site, thing) in fetches:
                    board.edge(fetches[site, thing], number)
            if moving[step.move].move.source is not None:
                switches[number] = board.add(world.sites.names[site], "switch", name, host, durations.SWITCH)
                board.edge(number, switches[number])
        numbers.append(number)
        _tell(board, change, step, number)
    for first, then in change.order.edges:
        one, other = change.order.steps[first], change.order.steps[then]
        gives_way = one.move == other.move and other.act is Act.STOP
        number = numbers[first]
        board.edge(switches.get(number, number) if gives_way else number, numbers[then])
    _clean(board, change, stops)


def _swap(board: Board, change: Change, fetches: Mapping[tuple[int, Fetched], int]) -> None:
    """Model servers that go on with other models."""
    for name in change.swaps:
        standing, site = change.after[name], change.site_of(name)
        seconds = durations.start_seconds(standing.service.health)
        number = board.add(standing.site, "start", name, standing.replica.host, seconds)
        for thing in _things(standing):
            if (site, thing) in fetches:
                board.edge(fetches[site, thing], number)


def _clean(board: Board, change: Change, stops: Mapping[int, Sequence[int]]) -> None:
    """Each host on which something stopped."""
    world = change.lowered.world
    for host, left in sorted(stops.items()):
        site, name = world.sites.names[world.hosts.parents[host]], world.hosts.names[host]
        clean = board.add(site, "clean", name, name, durations.CLEAN)
        for number in left:
            board.edge(number, clean)


def _have_at_hand(
    board: Board, change: Change, parts: Sequence[SitePart], fetches: Mapping[tuple[int, Fetched], int]
) -> None:
    """Each image that a host needs for contingencies: fetched once a site, after all that the plan itself needs, and
    passed on to each host. Nothing waits for it."""
    world = change.lowered.world
    there = _images_there(change)
    for site, part in enumerate(parts):
        needed = {
            of: number for (at, (kind, of)), number in fetches.items() if (at, kind) == (site, "fetch-image")
        }
        wanted = [
            (hand.host, image)
            for hand in part.at_hand
            for image in hand.images
            if image not in there.get(hand.host, ())
        ]
        here = set(needed).union(*(there.get(host.name, ()) for host in part.hosts))
        lacking = dict.fromkeys(image for _, image in wanted if image not in here)
        numbers = dict(needed)
        for image in lacking:
            seconds = durations.fetch_seconds(change.lowered, site, durations.IMAGE_BYTES, len(lacking))
            numbers[image] = board.add(world.sites.names[site], "fetch-image", image, None, seconds)
            for earlier in needed.values():
                board.edge(earlier, numbers[image])
        for host, image in wanted:
            number = board.add(world.sites.names[site], "fetch-image", image, host, durations.PASS)
            if image in numbers:
                board.edge(numbers[image], number)


def _images_there(change: Change) -> Mapping[str, set[str]]:
    """By host, the images that the plan that runs has there: of replicas, and at hand."""
    there: dict[str, set[str]] = {}
    for standing in change.before.values():
        images = {copy.image for copy in copies_of(standing.replica) if copy.image is not None}
        there.setdefault(standing.replica.host, set()).update(images)
    current = change.lowered.current
    for part in current.parts if current is not None else ():
        for hand in part.at_hand:
            there.setdefault(hand.host, set()).update(hand.images)
    return there


def _tell(board: Board, change: Change, step: Step, number: int) -> None:
    """What is to be known of a step."""
    if step.early is not None:
        board.note(number, "stops-first", early_text(change.lowered, change.moving, step))
    if step.spare and step.act is Act.START:
        board.note(number, "spare", f"{change.name(step)} stands here until there is room where it is to go")
    for bar in step.breaches:
        board.note(number, "breach", breach_text(change.lowered, bar))
