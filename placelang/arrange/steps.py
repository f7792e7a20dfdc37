"""The steps from what runs to a plan: ordered by the scheduler, told in the plan's terms, site by site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from placelang.arrange import durations
from placelang.arrange.board import Board
from placelang.arrange.fetching import Numbers, fetch, have_at_hand, things
from placelang.arrange.moving import Moving, Standing, find_moves, standing_in, swaps
from placelang.arrange.naming import Placed
from placelang.arrange.obstacles import breach_text, early_text
from placelang.arrange.visits import find_visits
from placelang.lower import Lowered
from placelang_runtime.part import SitePart
from placelang_runtime.steps import Schedule
from placelang_scheduler.steps import Act, Order, Step, order


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
    fetches = fetch(board, lowered, before.values(), _starting(change))
    _carry_out(board, change, fetches)
    _swap(board, change, fetches)
    have_at_hand(board, lowered, before.values(), parts, fetches)
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


def _starting(change: Change) -> Iterator[Standing]:
    """Replicas that start, and those that go on with other models."""
    starts = (change.name(step) for step in change.order.steps if step.act is Act.START)
    return (change.after[name] for name in (*starts, *change.swaps))


def _carry_out(board: Board, change: Change, fetches: Numbers) -> None:
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
            _after_fetches(board, change.after[name], fetches, number)
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


def _swap(board: Board, change: Change, fetches: Numbers) -> None:
    """Model servers that go on with other models."""
    for name in change.swaps:
        standing = change.after[name]
        seconds = durations.start_seconds(standing.service.health)
        number = board.add(standing.site, "start", name, standing.replica.host, seconds)
        _after_fetches(board, standing, fetches, number)


def _after_fetches(board: Board, standing: Standing, fetches: Numbers, number: int) -> None:
    """A start waits for what it needs."""
    for thing in things(standing):
        if (standing.site, thing) in fetches:
            board.edge(fetches[standing.site, thing], number)


def _clean(board: Board, change: Change, stops: Mapping[int, Sequence[int]]) -> None:
    """Each host on which something stopped."""
    world = change.lowered.world
    for host, left in sorted(stops.items()):
        site, name = world.sites.names[world.hosts.parents[host]], world.hosts.names[host]
        clean = board.add(site, "clean", name, name, durations.CLEAN)
        for number in left:
            board.edge(number, clean)


def _tell(board: Board, change: Change, step: Step, number: int) -> None:
    """What is to be known of a step."""
    if step.early is not None:
        board.note(number, "stops-first", early_text(change.lowered, change.moving, step))
    if step.spare and step.act is Act.START:
        board.note(number, "spare", f"{change.name(step)} stands here until there is room where it is to go")
    for bar in step.breaches:
        board.note(number, "breach", breach_text(change.lowered, bar))
