"""`placelang key`: keys that sign plans, and the keys that a host trusts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placelang_runtime.cli.at_host import ConfigFile, StateFolder
from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.hosts import Config, read_config
from placelang_runtime.cli.terminal import complain, emit, say

EXAMPLES = """
placelang key new fleet.key
placelang key show fleet.key
placelang key change --key fleet.key --sequence 1 --add "$(placelang key show next.key)" -o change.json
placelang key accept change.json
placelang key host
"""

Signer = Annotated[
    list[Path], typer.Option("--key", metavar="FILE", help="A private key that signs; may be repeated.")
]
Sequence = Annotated[
    int,
    typer.Option(
        "--sequence", min=1, max=2**53, metavar="N", help="Higher than that of anything signed before."
    ),
]


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; nothing is written over.")],
) -> Exit:
    """Make a key that signs plans, in a file that only its owner may read, and print its public half.

    What is printed goes into `trusted_keys` of the hosts' configurations. Keep a second key elsewhere, which they trust
    too: whoever loses the only one has to visit every host.
    """
    from placelang_runtime.trust.keys import BadKeyError, new_private

    try:
        key = new_private(file)
    except BadKeyError as error:
        return _wrong(error)
    emit(f"{key.public}\n")
    say(f"key {key.public.id} is in {file}")
    return Exit.DONE


def show(
    key: Annotated[str, typer.Argument(metavar="FILE|KEY", help="A private key's file, or a public key.")],
    only_id: Annotated[bool, typer.Option("--id", help="Print its id, by which messages name it.")] = False,
) -> Exit:
    """Print the public half of a key, or its id."""
    from placelang_runtime.trust.keys import PREFIX, BadKeyError, parse_public, read_private

    try:
        public = parse_public(key) if key.startswith(PREFIX) else read_private(Path(key)).public
    except BadKeyError as error:
        return _wrong(error)
    emit(f"{public.id if only_id else public}\n")
    return Exit.DONE


def change(
    keys: Signer,
    sequence: Sequence,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")],
    adds: Annotated[
        list[str] | None, typer.Option("--add", metavar="KEY", help="A public key to trust; may be repeated.")
    ] = None,
    retires: Annotated[
        list[str] | None,
        typer.Option("--retire", metavar="ID", help="The id of a key to trust no more; may be repeated."),
    ] = None,
) -> Exit:
    """Sign a statement that changes which keys hosts trust.

    Every host that trusts one of the signing keys takes it once (`key accept`), in the order of the sequences.
    """
    from placelang_runtime.files import write_whole
    from placelang_runtime.trust.key_changes import KeyChange, sign_change
    from placelang_runtime.trust.keys import BadKeyError, parse_public, read_private

    if not adds and not retires:
        raise typer.BadParameter("say which key to trust or to retire", param_hint="'--add'")
    try:
        added = tuple(str(parse_public(key)) for key in adds or ())
        said = KeyChange(sequence=sequence, adds=added, retires=tuple(retires or ()))
        text = sign_change(said, [read_private(key) for key in keys])
    except BadKeyError as error:
        return _wrong(error)
    write_whole(output, text, mode=0o644)
    say(f"signed change {sequence}: {output}")
    return Exit.DONE


def accept(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `key change` wrote.")],
    config: Config = None,
) -> Exit:
    """Change the keys that this host trusts, as a key says that it trusts."""
    from placelang_runtime.trust.key_changes import changed, keep_trusted, read_trusted
    from placelang_runtime.trust.keys import BadKeyError
    from placelang_runtime.trust.refused import RefusedError
    from placelang_runtime.trust.sealed import MOST_BYTES

    host = read_config(config)
    if host is None:
        return Exit.INPUT
    with file.open("rb") as read:
        text = read.read(MOST_BYTES + 1)
    try:
        trusted = changed(read_trusted(host.state, host.trusted_keys), text)
    except (BadKeyError, RefusedError) as error:
        return _wrong(error)
    host.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep_trusted(host.state, trusted)
    say(f"trusted from now on: {', '.join(key.id for key in trusted.public())}")
    return Exit.DONE


def host(state: StateFolder = None, config: ConfigFile = None) -> Exit:
    """Print the public half of this host's own key, by which others know it: `placelang inventory enroll`.

    The host makes the key when it first needs it. It never leaves the state folder.
    """
    from placelang_runtime.cli.at_host import Options, told
    from placelang_runtime.cli.at_host import read_config as read
    from placelang_runtime.trust.host_key import host_key

    with told():
        emit(f"{host_key(read(Options(state=state, config=config)).state).public}\n")
    return Exit.DONE


def _wrong(error: ValueError) -> Exit:
    complain(str(error))
    return Exit.INPUT
