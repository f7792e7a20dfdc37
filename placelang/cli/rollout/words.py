"""`placelang rollout approve|pause|resume|abort`: what a person says of a rollout over sites."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, open_store
from placelang.cli.terminal import complain, say

if TYPE_CHECKING:
    from placelang.store import Store

EXAMPLES = """
placelang rollout approve shop -i sqlite:///fleet.db
placelang rollout approve shop --without train-17 -i sqlite:///fleet.db
placelang rollout pause shop -i sqlite:///fleet.db
placelang rollout resume shop -i sqlite:///fleet.db
placelang rollout abort shop -i sqlite:///fleet.db
"""

App = Annotated[
    str, typer.Argument(metavar="APP", help="An app whose rollout was started.", show_default=False)
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="SITE",
        help="Wait no more for this site, which changes once it can; may be repeated.",
    ),
]


def approve(app: App, without: Without = None, url: Url = None) -> Exit:
    """Approve of the wave that is through, so that the next one opens; or wait no more for sites that are away.

    A wave is approved once it is through, and not before: `rollout status` tells what it waits for.
    """
    from placelang.rollouts.controlling import approve as agree

    def said(store: Store) -> str:
        wave = agree(store, app, without or ())
        away = f"nobody waits for {', '.join(without)}" if without else ""
        return "; ".join(part for part in (f"approved wave {wave}" if wave else "", away) if part)

    return _say(app, url, said)


def pause(app: App, url: Url = None) -> Exit:
    """Have nothing more of an app begin at any site; what has changed stays."""
    from placelang.rollouts.controlling import pause as stop

    def said(store: Store) -> str:
        stop(store, app)
        return "paused"

    return _say(app, url, said)


def resume(app: App, url: Url = None) -> Exit:
    """Go on after a pause, or try again what failed and did not go back."""
    from placelang.rollouts.controlling import resume as go_on

    def said(store: Store) -> str:
        go_on(store, app)
        return "goes on"

    return _say(app, url, said)


def abort(app: App, url: Url = None) -> Exit:
    """Have an app go back, at all sites that began, to how it ran before, and stay there.

    Sites that nobody reaches go back once they can be reached. `rollout start` begins again.
    """
    from placelang.rollouts.controlling import abort as take_back

    def said(store: Store) -> str:
        take_back(store, app)
        return "goes back"

    return _say(app, url, said)


def _say(app: str, url: str | None, said: Callable[[Store], str]) -> Exit:
    from placelang.rollouts.controlling import RolloutError

    try:
        with open_store(url) as store:
            told = said(store)
    except RolloutError as error:
        complain(str(error))
        return Exit.INPUT
    say(f"{app}: {told}, as soon as `placelang rollout run` says so to the sites")
    return Exit.DONE
