"""`placelang model inspect`: what a model's file says and needs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, complain, emit, width

EXAMPLES = """
placelang model inspect models/shoplifting.int8.onnx
placelang model inspect models/shoplifting.int8.onnx --json
placelang model inspect models/large.onnx --memory 12GiB --seconds 300
"""

File = Annotated[Path, typer.Argument(metavar="FILE", help="An ONNX file.", show_default=False)]
Memory = Annotated[
    str, typer.Option("--memory", metavar="SIZE", help="What a process that opens it may have.")
]
Seconds = Annotated[
    int, typer.Option("--seconds", min=1, max=86_400, metavar="N", help="How long each may take.")
]


def inspect(file: File, memory: Memory = "4GiB", seconds: Seconds = 60, as_json: AsJson = False) -> Exit:
    """Show what a model takes and gives, how large it is, and which execution providers here run it.

    The file is opened in processes of their own, with limits: one reads it, and one per provider loads it and runs it
    once on zeros, which tells the memory that it needs.
    """
    from placelang.models.confined import Limits
    from placelang.models.inspecting import inspect as look
    from placelang.models.inspection import ModelError

    try:
        found = look(file, Limits(_bytes(memory), seconds))
    except ModelError as error:
        complain(f"{file}: {error}")
        return Exit.INPUT
    if as_json:
        from dataclasses import asdict

        emit(json.dumps(asdict(found), indent=2) + "\n")
    else:
        from placelang.cli.model_text import inspection_text

        emit(inspection_text(found, width=width(), colour=colourful(sys.stdout)))
    return Exit.DONE


def _bytes(text: str) -> int:
    """`4GiB`, as placement files have it; a gibibyte or more, which the libraries need for themselves."""
    import re
    from decimal import Decimal

    from placelang.types import BYTES, in_base_unit

    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)([A-Za-z]+)", text)
    read = in_base_unit(Decimal(found[1]), found[2]) if found else None
    if read is None or read[0] != BYTES or read[1] < 2**29:
        raise typer.BadParameter(
            f"`{text}` is no size of 512MiB or more: write it like `4GiB`", param_hint="'--memory'"
        )
    return int(read[1])
