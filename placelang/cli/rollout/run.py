"""`placelang rollout run`: the one who has rollouts go on, and signs what sites are told."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, open_store
from placelang.cli.terminal import complain, count, emit

if TYPE_CHECKING:
    from placelang.rollouts.controlling import Step

EXAMPLES = """
placelang rollout run --key waves.key -i sqlite:///fleet.db
placelang rollout run --key waves.key -i sqlite:///fleet.db --once
"""

Signer = Annotated[
    list[Path],
    typer.Option(
        "--key",
        metavar="FILE",
        help="A private key that hosts believe: one that signs plans, or the `--release-key` of this one.",
    ),
]
Once = Annotated[bool, typer.Option("--once", help="Look once, do what follows, and end.")]


def run(keys: Signer, url: Url = None, once: Once = False) -> Exit:
    """Have rollouts go on as hosts report: open waves, stop at gates, take back what failed; until this is ended.

    What sites are told is signed here and written to the store; `inventory serve` hands it out, and needs no key. Ended
    at any point, the next one goes on from there. Several at a time decide the same once.
    """
    from placelang.rollouts.controlling import advance, control
    from placelang_runtime.trust.keys import BadKeyError, read_private

    try:
        signers = [read_private(key) for key in keys]
    except BadKeyError as error:
        complain(str(error))
        return Exit.INPUT
    over = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: over.set())
    try:
        with open_store(url) as store:
            for step in advance(store, signers) if once else control(store, signers, over):
                emit(_line(step))
    finally:
        signal.signal(signal.SIGTERM, before)
    return Exit.DONE


def _line(step: Step) -> str:
    """What follows for an app, as a line."""
    from placelang.rollouts.controlling import STATES
    from placelang_runtime.printable import printable

    new = step.decision
    said = [
        f"{word} to {count(list(new.words.values()).count(word), 'site')}"
        for word in sorted(set(new.words.values()))
    ]
    opened = new.standing.open - step.before.open
    waves = [f"{count(opened, 'wave')} opened"] if opened > 0 else []
    state = [STATES[new.standing.state]] if new.standing.state != "going" else []
    waits = [f"waits: {new.waits}"] if new.waits else []
    return printable(f"{step.app}: {'; '.join((*waves, *said, *state, *waits))}") + "\n"
