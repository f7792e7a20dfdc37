"""`placelang model`: what a model's file says and needs, how quick it is here, and what it answers."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from socket import gethostname
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, complain, emit, width, write_file
from placelang_runtime.cli.probe import Host, Site

EXAMPLES = """
placelang model inspect models/shoplifting.int8.onnx
placelang model inspect models/shoplifting.int8.onnx --json
placelang model inspect models/large.onnx --memory 12GiB --seconds 300
placelang model profile models/shoplifting.int8.onnx --provider cpu --name shoplifting --site gbg -o facts.json
placelang model baseline models/shoplifting.int8.onnx --data samples/
placelang inventory add facts.json --inventory sqlite:///fleet.db
placelang model serve models/shoplifting.int8.onnx --port 8000
"""

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*"
BASELINE = ".baseline.json"
"""What the file of a baseline is called, after its model."""

_FULL_NAME = rf"(?=.{{1,120}}\Z){_NAME}(\.{_NAME})?"

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
        found = look(file, Limits(bytes_of(memory), seconds))
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


def profile(
    file: File,
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider", metavar="NAME", help="An execution provider; the best that runs it if left out."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="MODEL", help="The model's full name; the file's if left out."),
    ] = None,
    runs: Annotated[int, typer.Option("--runs", min=100, max=1_000_000, metavar="N", help="Requests.")] = 200,
    site: Site = None,
    host: Host = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where facts are written to.")
    ] = None,
    memory: Memory = "4GiB",
    seconds: Seconds = 60,
) -> Exit:
    """Measure how quick a model is on this host: time per request, requests per second at full load, memory.

    `-o` writes these as facts, which `placelang inventory add` takes and `host.model(NAME).p95` reads.
    """
    from placelang.models.confined import Limits
    from placelang.models.inspection import ModelError
    from placelang.models.profiling import as_facts, labels_of
    from placelang.models.profiling import profile as measure

    model = name_of(file, name)
    if output is not None and site is None:  # without one the host would be moved to no site
        raise typer.BadParameter("say where this host stands: --site NAME", param_hint="'--output'")
    try:
        found = measure(file, provider, runs, Limits(bytes_of(memory), seconds))
    except ModelError as error:
        complain(f"{file}: {error}")
        return Exit.INPUT
    from placelang.cli.model_text import profile_text

    emit(profile_text(found, labels_of(found, model), width=width(), colour=colourful(sys.stdout)))
    if output is not None:
        facts = as_facts(found, model, host=host or gethostname(), site=site, observed=_now())
        write_file(output, facts.model_dump_json(indent=2) + "\n")
    return Exit.DONE


def serve(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="ONNX files.", show_default=False)],
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, metavar="N", help="At which port.")
    ] = 8000,
) -> Exit:
    """Serve models by the Open Inference Protocol, to try them by hand: each by its file's name, until Ctrl-C.

    It is the same server as a service that `serves` a model runs where it names no image. A baseline beside a model, as
    `placelang model baseline` writes it, is what the model is watched by.
    """
    from tempfile import TemporaryDirectory

    from placelang_runtime.serve.manifest import FIRST_VERSION, Drawn, Entry, Manifest, write_manifest

    try:
        from placelang_runtime.serve.limits import Limits
        from placelang_runtime.serve.server import serve as run
    except ImportError as error:
        complain(f"{error.name} is not installed: `pip install 'placelang[serve]'`")
        return Exit.INPUT
    baselines = {one: Drawn(file=str(found.absolute())) for one in files if (found := drawn(one)) is not None}
    entries = [
        Entry(name=one.stem, version=FIRST_VERSION, file=str(one.absolute()), baseline=baselines.get(one))
        for one in files
    ]
    if len({one.name for one in entries}) < len(entries):
        raise typer.BadParameter(
            "two files of one name: models are called after them", param_hint="'FILE...'"
        )
    for one in files:
        if not one.is_file():
            complain(f"{one}: there is no such file")
            return Exit.INPUT
    with TemporaryDirectory() as folder:
        write_manifest(Path(folder), Manifest(models=tuple(entries)))
        run(Path(folder), host, port, Limits())
    return Exit.DONE


def drawn(file: Path) -> Path | None:
    """The baseline beside a model, if there is one."""
    path = file.with_suffix(BASELINE)
    return path if path.is_file() else None


def baseline(
    file: File,
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            metavar="DIR",
            help="What it was made for: .npy, .npz or .csv files.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="MODEL.baseline.json beside it if left out."),
    ] = None,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="An execution provider; cpu if left out.")
    ] = None,
    memory: Memory = "4GiB",
    seconds: Seconds = 600,
) -> Exit:
    """Run a model on the data that it was made for, and write how its inputs and answers are distributed.

    `baseline "FILE"` of a `model` block names what this writes. It holds no row of the data.
    """
    from placelang.models.confined import Limits
    from placelang.models.inspection import ModelError
    from placelang.models.profiling import baseline as describe

    try:
        found = describe(file, data, provider, Limits(bytes_of(memory), seconds))
    except ModelError as error:
        complain(f"{file}: {error}")
        return Exit.INPUT
    from placelang.cli.model_text import baseline_text

    to = output or file.with_suffix(BASELINE)
    write_file(to, found.model_dump_json(indent=1) + "\n")
    emit(baseline_text(found, to, width=width(), colour=colourful(sys.stdout)))
    return Exit.DONE


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def name_of(file: Path, name: str | None) -> str:
    """The model's full name, which is the file's unless it is given."""
    import re

    model = name or file.stem.partition(".")[0]
    if not re.fullmatch(_FULL_NAME, model):
        message = f"`{model}` is no name of a model: give one like `shoplifting` or `app.shoplifting`"
        raise typer.BadParameter(message, param_hint="'--name'")
    return model


def bytes_of(text: str) -> int:
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
