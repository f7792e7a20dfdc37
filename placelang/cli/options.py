"""The options that several commands share, with one help text each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placelang.cli import complete

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE", help="Root placement files; what they import is read too.", show_default=False
    ),
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The root placement file.", show_default=False)]
Inventory = Annotated[
    str | None,
    typer.Option(
        "--inventory",
        "-i",
        metavar="FILE|URL",
        help="What is known of sites and hosts: a file in YAML or JSON, or a store, sqlite:///fleet.db.",
    ),
]
Policies = Annotated[
    list[Path] | None,
    typer.Option("--policy", metavar="FILE", help="A policy that binds every app; may be repeated."),
]
Params = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter's value (app.name=…); may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Current = Annotated[Path | None, typer.Option("--current", metavar="PLAN", help="The plan that runs now.")]
Catalogue = Annotated[
    Path | None,
    typer.Option(
        "--catalogue", metavar="FILE", help="An inventory whose hosts are the kinds that there are to add."
    ),
]
Images = Annotated[
    Path | None,
    typer.Option("--images", metavar="LOCK", help="Images by digest, as `placelang images lock` wrote them."),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        max=2**53,
        metavar="N",
        help="Which of equally good plans to find.",
        show_default=False,
    ),
]
Budget = Annotated[
    float | None,
    typer.Option(
        "--budget", metavar="N", help="Search effort, about a second each; the same on any machine."
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit", metavar="SECONDS", help="A net: stop the search by the clock (the plan says so)."
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=1024,
        metavar="N",
        help="Plan sites in N processes; the plan is the same. Of large files one each core, of others 1.",
        show_default=False,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="TIME", help="What time it is, RFC 3339; the inventory's newest fact if left out."
    ),
]
Site = Annotated[
    str | None,
    typer.Option("--site", metavar="NAME", help="One site only.", autocompletion=complete.sites),
]
Host = Annotated[
    str | None,
    typer.Option("--host", metavar="NAME", help="One host only.", autocompletion=complete.hosts),
]
ServiceName = Annotated[
    str,
    typer.Argument(metavar="APP.SERVICE", help="The service's full name.", autocompletion=complete.services),
]
