"""Parts as they arrive: whether this host believes one, and that it holds from then on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from placelang_runtime.apply.changes import ChangeError
from placelang_runtime.apply.target import snapshot
from placelang_runtime.host_config import HostConfig
from placelang_runtime.journal import Accepted
from placelang_runtime.part import SitePart
from placelang_runtime.state import State
from placelang_runtime.trust.envelope import Believed, Reader, believe
from placelang_runtime.trust.key_changes import read_trusted
from placelang_runtime.trust.last import keep_last, read_last


def read_accepted(state: State) -> tuple[Accepted, SitePart]:
    """The part that holds. Raises ChangeError."""
    accepted = state.journal.accepted()
    if accepted is None:
        raise ChangeError(f"no plan was accepted in {state.folder}: `placelang apply PLAN` does that")
    return accepted, SitePart.model_validate_json(accepted.document)


def check_hosts(part: SitePart, hosts: Iterable[str]) -> None:
    """Raise ChangeError unless the site has them all."""
    known = sorted(host.name for host in part.hosts)
    for host in sorted(hosts):
        if host not in known:
            raise ChangeError(f"the site {part.site} has no host {host}; it has {', '.join(known[:20])}")


def believed_by(config: HostConfig, folder: Path, text: bytes, *, unsigned: bool) -> Believed:
    """The part that a text holds, if this host believes it. Raises RefusedError, BadKeyError or OSError."""
    trusted = read_trusted(folder, config.trusted_keys).public()
    reader = Reader(config.host, config.site, trusted, unsigned, read_last(folder))
    return believe(text, reader, datetime.now(UTC))


def accept(
    config: HostConfig,
    state: State,
    text: bytes,
    hosts: Iterable[str],
    *,
    unsigned: bool,
    dry: bool = False,
) -> tuple[Accepted, SitePart]:
    """The part that holds from now on; a run that was cut off is taken up, and otherwise what failed is tried anew."""
    believed = believed_by(config, state.folder, text, unsigned=unsigned or config.unsigned)
    check_hosts(believed.part, hosts)
    if not dry:
        keep_last(state.folder, believed)
    last, before = state.journal.runs(1), state.journal.accepted()
    with state.journal.together():
        ran = snapshot(state.journal, hosts)
        accepted = state.journal.accept(
            believed.part.site,
            believed.digest,
            believed.part.model_dump_json().encode(),
            sequence=believed.sequence,
            issued=believed.issued,
            envelope=text if believed.sequence is not None else None,
        )
        fresh = before is None or before.id != accepted.id
        if fresh:
            state.journal.carry(accepted.id, ran)
        cut_off = bool(last) and last[0].outcome in {None, "interrupted"} and last[0].accepted == accepted.id
        if fresh or not cut_off:
            state.journal.release()
    return accepted, believed.part
