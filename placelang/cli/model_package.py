"""`placelang model package`: a model's file and its server, as a container image."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.model import Memory, Seconds, bytes_of, drawn, name_of
from placelang.cli.options import AsJson
from placelang.cli.progress import CLEAR
from placelang.cli.terminal import complain, emit, say, write_file
from placelang_runtime.cli.terminal import write

if TYPE_CHECKING:
    from placelang.models.package.package import Model, Packaged

EXAMPLES = """
placelang model package models/shoplifting.int8.onnx --version 4 -o shoplifting.tar
docker load -i shoplifting.tar
placelang model package models/shoplifting.int8.onnx --tag registry.example.com/lp/shoplifting:4 -o shoplifting-4
placelang model package --server -o server.tar
"""

File = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="An ONNX file; none with --server.", show_default=False),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="MODEL", help="What requests call it; the file's name if left out."),
]
Version = Annotated[str, typer.Option("--version", metavar="V", help="What requests call this version.")]
Providers = Annotated[
    list[str] | None,
    typer.Option("--provider", metavar="NAME", help="Execution provider, best first; repeatable."),
]
Tag = Annotated[
    str | None,
    typer.Option("--tag", metavar="TAG", help="The image's name; `placelang/MODEL:V` if left out."),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="PATH", help="An archive, PATH.tar, or a new folder; `MODEL.tar`."
    ),
]
Server = Annotated[bool, typer.Option("--server", help="The server alone, to which models are mounted.")]

_VERSION = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_PROVIDER = r"[a-z]{2,20}"


def package(
    file: File = None,
    name: Name = None,
    version: Version = "1",
    providers: Providers = None,
    tag: Tag = None,
    output: Output = None,
    server: Server = False,
    memory: Memory = "4GiB",
    seconds: Seconds = 60,
    as_json: AsJson = False,
) -> Exit:
    """Build an image that serves a model: the model, the server, and all that these need of this machine.

    No registry and no network is asked. The same model in the same environment gives the same image, byte for byte.
    Beside it stands its bill of materials, as CycloneDX. `docker load -i` takes the archive.
    """
    from placelang.models.confined import Limits
    from placelang.models.inspection import ModelError
    from placelang.models.package.errors import PackageError
    from placelang.models.package.package import SERVER
    from placelang.models.package.package import package as build

    model = None if server else _model(file, name, version, providers or [])
    called = SERVER if model is None else model.name
    named = _tag(tag or f"placelang/{called.lower()}:{'latest' if model is None else version}")
    to = output or Path(f"{called}.tar")
    limits = Limits(bytes_of(memory), seconds)
    try:
        made = build(model, named, to, limits, _report)
    except ModelError as error:
        complain(f"{file}: {error}")
        return Exit.INPUT
    except PackageError as error:
        complain(str(error))
        return Exit.WORLD
    bill = to.with_name(f"{to.name.removesuffix('.tar')}.cdx.json")
    write_file(bill, made.bill.decode())
    _tell(made, to, bill, as_json=as_json)
    return Exit.DONE


def _report(doing: str) -> None:
    if sys.stderr.isatty():
        write(sys.stderr, f"{CLEAR}{doing}" + (" …" if doing else ""))


def _tell(made: Packaged, to: Path, bill: Path, *, as_json: bool) -> None:
    from placelang.types import BYTES, show

    if as_json:
        said = {"tag": made.tag, "digest": made.digest, "id": made.id, "size": made.size}
        emit(json.dumps(said | {"image": str(to), "bill": str(bill)}, indent=2) + "\n")
        return
    say(f"{made.tag}, {show(made.size, BYTES)}: {to}, and what is in it: {bill}")
    say(f"manifest {made.digest}")
    say(f"image    {made.id}")


def _model(file: Path | None, name: str | None, version: str, providers: list[str]) -> Model:
    from placelang.models.package.package import Model

    if file is None:
        raise typer.BadParameter("name an ONNX file, or say --server", param_hint="'FILE'")
    if not re.fullmatch(_VERSION, version):
        raise typer.BadParameter(
            f"`{version}` is no version: write it like `4` or `2.1`", param_hint="'--version'"
        )
    for provider in providers:
        if not re.fullmatch(_PROVIDER, provider):
            raise typer.BadParameter(
                f"`{provider}` is no provider: write `cpu`, `cuda`, …", param_hint="'--provider'"
            )
    return Model(file, name_of(file, name), version, tuple(providers), drawn(file))


def _tag(tag: str) -> str:
    from placelang_runtime.drivers.docker.references import reference
    from placelang_runtime.drivers.errors import DriverError

    try:
        if "@" in tag or ":" not in tag.rpartition("/")[2]:
            raise typer.BadParameter(
                f"`{tag}` has no tag: write `{tag.partition('@')[0]}:1`", param_hint="'--tag'"
            )
        return reference(tag)
    except DriverError as error:
        raise typer.BadParameter(str(error), param_hint="'--tag'") from None
