"""`placelang images lock`: the images of files, by digest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, check_modules, read_inventory, read_modules, settings
from placelang.cli.options import Files, Inventory, Params, Policies
from placelang.cli.terminal import complain, count, say, write_file
from placelang.codes import Code
from placelang.diagnostics import Diagnostic

EXAMPLES = """
placelang images lock shop.place
placelang images lock shop.place --inventory inventory.yaml -o images.lock
placelang plan shop.place --inventory inventory.yaml --images images.lock
"""


def lock(
    files: Files,
    inventory: Inventory = None,
    policies: Policies = None,
    params: Params = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")] = Path(
        "images.lock"
    ),
) -> Exit:
    """Ask registries for the digests and sizes of all images that files name, and keep them for `plan --images`.

    Where an image depends on the host, an inventory says which there are. Nothing is written unless all are found.
    Registries ask who you are what `docker login` told them.
    """
    from placelang.images import images_of, write_lock
    from placelang.images.ids import content_of
    from placelang.images.registry import Registries, RegistryError

    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params)
    known = read_inventory(given, findings) if given.inventory is not None else None
    program = check_modules(read_modules(files, given, findings), given, known, findings)
    findings.end_on_errors()
    findings.show()
    if program is None:
        raise TypeError("what has no errors has a value")
    images, unknown = images_of(program, known)
    hint = "give --inventory, whose hosts tell which there are"
    message = "this image depends on the host"
    findings.add([Diagnostic(Code.NOT_CONSTANT, message, span=span, hint=hint) for span in unknown])
    findings.end_on_errors()
    registries, locked, failed = Registries(), dict[str, str](), 0
    ids, sizes = dict[str, tuple[str, ...]](), dict[str, int]()
    for image in images:
        try:
            locked[image] = registries.lock(image)
            content = content_of(registries, locked[image])
            ids[locked[image]] = content.ids
            if content.size is not None:
                sizes[locked[image]] = content.size
        except RegistryError as error:
            complain(str(error))
            failed += 1
    if failed:
        return Exit.WORLD
    write_file(output, write_lock(locked, ids, sizes))
    say(f"locked {count(len(locked), 'image')}: {output}")
    return Exit.DONE
