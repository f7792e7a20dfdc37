"""`placelang inventory forget`: take things, or what a source says of them, out of the store."""

from __future__ import annotations

from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, open_store
from placelang.cli.terminal import count, say
from placelang.nearest import suggestion

EXAMPLES = """
placelang inventory forget gbg-1 --inventory sqlite:///fleet.db
placelang inventory forget gbg-1 --source kubectl
placelang inventory forget --site gbg
"""

Hosts = Annotated[list[str] | None, typer.Argument(metavar="HOST", help="Hosts.", show_default=False)]
Sites = Annotated[
    list[str] | None,
    typer.Option("--site", metavar="NAME", help="A site with all its hosts; may be repeated."),
]
Source = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Only what this source says of them.")
]


def forget(hosts: Hosts = None, sites: Sites = None, source: Source = None, url: Url = None) -> Exit:
    """Forget hosts, or whole sites, with their GPUs, devices and history; or only what one source says of them."""
    wanted = [("host", name) for name in hosts or ()] + [("site", name) for name in sites or ()]
    if not wanted:
        raise typer.BadParameter("name hosts, or sites with --site")
    with open_store(url) as store:
        for noun, name in wanted:
            known = store.seen(noun)
            if name not in known:
                hint = suggestion(name, list(known))
                raise typer.BadParameter(f"there is no {noun} `{name}`" + (f": {hint}" if hint else ""))
        if source is None:
            for host in hosts or ():
                store.dismiss(host)
        gone = sum(store.forget(noun, name, source=source) for noun, name in wanted)
    say(f"{count(gone, 'report')} forgotten")
    return Exit.DONE
