"""`placelang agent arbiter`: a third voter of a site with two hosts, on any machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import complain, say

EXAMPLES = """
placelang agent arbiter gbg.part.json --key arbiter.key --trusted "$(placelang key show fleet.key)" --into arbiter
"""


def arbiter(
    part: Annotated[Path, typer.Argument(metavar="PART", help="The signed part of the site.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The arbiter's own private key.")],
    trusted: Annotated[
        list[str], typer.Option("--trusted", metavar="KEY", help="A public key to believe the part from.")
    ],
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Where its store has its files.")],
) -> Exit:
    """Write what the store of an arbiter is told, and say how to start it.

    The part says who may speak with it; a part that names other members has to be given again, and the store restarted.
    """
    from placelang_runtime.site.members import voters
    from placelang_runtime.site.server import CONFIGURATION, write_identity, write_server
    from placelang_runtime.trust.envelope import read_signed
    from placelang_runtime.trust.keys import BadKeyError, parse_public, read_private
    from placelang_runtime.trust.refused import RefusedError
    from placelang_runtime.trust.sealed import MOST_BYTES

    with part.open("rb") as file:
        text = file.read(MOST_BYTES + 1)
    try:
        found = read_signed(text, [parse_public(word) for word in trusted]).part
        private = read_private(key)
        me = next((m for m in found.members if m.arbiter and m.key == str(private.public)), None)
        if me is None:
            complain(f"the part of {found.site} names no arbiter with the key {private.public}")
            return Exit.INPUT
        write_identity(into.absolute(), found.members, me, private)
        write_server(into.absolute(), found.site, voters(found.members), me)
    except (BadKeyError, RefusedError) as error:
        complain(str(error))
        return Exit.INPUT
    say(f"written: {into}\nnow, and at each boot: etcd --config-file {into.absolute() / CONFIGURATION}")
    return Exit.DONE
