"""From options to an open store, and how times and values of it are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.address import is_store
from placelang.cli.inputs import Findings, settings

if TYPE_CHECKING:
    from placelang.store import Store

Url = Annotated[
    str | None,
    typer.Option(
        "--inventory", "-i", metavar="URL", help="The store: sqlite:///fleet.db.", show_default=False
    ),
]
HostName = Annotated[str, typer.Argument(metavar="HOST", help="The host's name.", show_default=False)]


def open_store(url: str | None, *, create: bool = False) -> Store:
    """The store that is given, or that the settings name."""
    from placelang.store import Store

    findings = Findings()
    given = settings(findings, inventory=url).inventory
    findings.end_on_errors()
    if given is None or not is_store(given):
        what = "no store" if given is None else f"`{given}` is no store"
        raise typer.BadParameter(f"{what}: give --inventory sqlite:///fleet.db", param_hint="'--inventory'")
    return Store(given, create=create)


def known_host(store: Store, name: str) -> None:
    """End the command if there is no such host."""
    from placelang.nearest import suggestion

    hosts = store.seen("host")
    if name not in hosts:
        hint = suggestion(name, list(hosts))
        raise typer.BadParameter(
            f"there is no host `{name}`" + (f": {hint}" if hint else ""), param_hint="'HOST'"
        )


def age(observed: int | None, now: int) -> str:
    """`3 min ago`, in the largest unit that is at least one."""
    if observed is None:
        return "at an unknown time"
    past = timedelta(milliseconds=max(now - observed, 0))
    for unit, length in (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if past >= length:
            return f"{past // length} {unit} ago"
    return f"{past // timedelta(seconds=1)} s ago"


def time_of(at: int) -> str:
    """A moment in ms since 1970."""
    return datetime.fromtimestamp(min(at, 253_402_300_799_000) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def called(fact: str) -> str:
    """The name of a fact for people."""
    from placelang.store.report import SETS

    return fact.removeprefix(SETS)


def shown(noun: str, fact: str, value: object) -> str:
    """A value of a store as an author would write it."""
    from placelang.facts import FACTS
    from placelang.store.gather import reader
    from placelang.store.report import LATENCY, SETS
    from placelang.types import DURATION, show

    spec = FACTS[noun].get(fact)
    kind = DURATION if fact.startswith(LATENCY) else spec.type if spec else None
    if kind is not None:
        return show(reader(kind)(value), kind)
    if fact.startswith(SETS) and isinstance(value, list):
        inside = ", ".join(str(name).rpartition("/")[2] for name in value[1:]) or "none"
        return inside if value[0] else f"{inside}, and perhaps more"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
