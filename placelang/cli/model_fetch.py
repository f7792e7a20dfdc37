"""`placelang model fetch`: a model from where it is kept, verified."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.options import AsJson
from placelang.cli.progress import CLEAR
from placelang.cli.terminal import complain, emit, say
from placelang_runtime.cli.terminal import write

EXAMPLES = """
placelang model fetch https://example.com/shoplifting.onnx#sha256=1ae216e9…19363 -o models/shoplifting.onnx
placelang model fetch oci://registry.example.com/lp/shoplifting:4 -o models/shoplifting.onnx
MLFLOW_TRACKING_URI=https://mlflow.example.com placelang model fetch models:/shoplifting@champion
"""

From = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A path, https://…#sha256=…, oci://REGISTRY/NAME:TAG, models:/NAME@ALIAS or models:/NAME/VERSION.",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where to; the source's own name if left out."),
]
Digest = Annotated[
    str | None, typer.Option("--digest", metavar="sha256:…", help="What the model's file has to have.")
]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", metavar="DIR", help="Where fetched files are kept; ~/.cache/placelang/models."),
]


def fetch(
    source: From, output: Output = None, digest: Digest = None, cache: Cache = None, as_json: AsJson = False
) -> Exit:
    """Have a model here, verified by its digest, with the files of its weights beside it.

    What was fetched once is kept and not fetched again; what was cut off is taken up where it ended. Beside the model,
    FILE.source.json says where it came from, which `model package` writes into its image.
    """
    from placelang.models.sources.cache import default_folder
    from placelang.models.sources.fetch import fetch as get
    from placelang.models.sources.source import SourceError

    try:
        found = get(source, output, cache or default_folder(), _report, digest)
    except SourceError as error:
        _clear()
        complain(str(error))
        return Exit.WORLD
    _clear()
    if as_json:
        from dataclasses import asdict

        emit(json.dumps(asdict(found), indent=2) + "\n")
    else:
        with_weights = f", and {len(found.beside)} beside it" if found.beside else ""
        say(f"{found.file}{with_weights}: {found.digest}")
        say(f"from {found.resolved}")
    return Exit.DONE


def _report(have: int, total: int | None) -> None:
    if sys.stderr.isatty():
        of = f" of {total / 1e6:,.1f}" if total else ""
        write(sys.stderr, f"{CLEAR}{have / 1e6:,.1f}{of} MB")


def _clear() -> None:
    if sys.stderr.isatty():
        write(sys.stderr, CLEAR)
