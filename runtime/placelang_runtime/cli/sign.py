"""`placelang sign`: from a plan to what each of its sites is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.key import Sequence, Signer
from placelang_runtime.cli.terminal import complain, count, say

EXAMPLES = """
placelang sign plan.json --key fleet.key --sequence 12 -o parts
placelang sign plan.json --key fleet.key --sequence 12 --accept-until 2026-03-09T00:00Z -o parts
placelang sign plan.json --key fleet.key --sequence 12 --release-key "$(placelang key show waves.key)" -o parts
"""


def sign(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="What `placelang plan --output` wrote.")],
    keys: Signer,
    sequence: Sequence,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where to: a file for each site.")
    ],
    accept_until: Annotated[
        str | None,
        typer.Option(
            "--accept-until", metavar="TIME", help="No host begins with it later: 2026-03-09T00:00Z."
        ),
    ] = None,
    release_keys: Annotated[
        list[str] | None,
        typer.Option(
            "--release-key",
            metavar="KEY",
            help="A public key that may say how rollouts of this plan go on (`rollout run`), and nothing else.",
        ),
    ] = None,
) -> Exit:
    """Sign a plan: for each site its part, in an envelope that its hosts believe.

    A host takes the parts of its own site, from a key that it trusts, each newer than the one before. What it has taken
    holds until it takes another one.
    """
    from datetime import UTC, datetime

    from pydantic import ValidationError

    from placelang_runtime.canonical import PlanError, read_plan
    from placelang_runtime.files import write_whole
    from placelang_runtime.trust.envelope import file_name, moment, sign_parts
    from placelang_runtime.trust.keys import BadKeyError, parse_public, read_private

    try:
        signers = [read_private(key) for key in keys]
        whole = read_plan(plan)
        now = moment(datetime.now(UTC))
        parts = list(
            sign_parts(
                whole,
                signers,
                sequence=sequence,
                issued=now,
                accept_until=accept_until,
                release_keys=[parse_public(key) for key in release_keys or ()],
            )
        )
    except (BadKeyError, PlanError) as error:
        complain(str(error))
        return Exit.INPUT
    except ValidationError as error:
        message = "a moment is a minute in UTC, such as 2026-03-09T00:00Z"
        raise typer.BadParameter(message, param_hint="'--accept-until'") from error
    output.mkdir(parents=True, exist_ok=True)
    for site, envelope in parts:
        write_whole(output / file_name(site), envelope, mode=0o644)
    say(f"signed {count(len(parts), 'part')} as sequence {sequence}: {output}")
    return Exit.DONE
