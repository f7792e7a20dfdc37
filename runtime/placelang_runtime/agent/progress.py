"""How far each app with a rollout is on these hosts, in one word and with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from placelang_runtime.apply.changes import app_of
from placelang_runtime.apply.outlook import Outlook
from placelang_runtime.journal import Journal
from placelang_runtime.operations import SiteRollout
from placelang_runtime.part import SitePart
from placelang_runtime.report import Stage
from placelang_runtime.rollout.gates import Gate


@dataclass(frozen=True, slots=True)
class Progress:
    """An app is at a `stage`, as `report.Rolled` has them, under the signed word with the number `release`."""

    app: str
    stage: Stage
    why: str
    release: int


def find_progress(
    part: SitePart, outlook: Outlook | None, journal: Journal, accepted: int, gates: Sequence[Gate]
) -> Iterator[Progress]:
    """The apps of the part that have a rollout; `gates` are what keeps something from beginning."""
    releases = journal.releases(accepted)
    for rollout in part.rollouts:
        stage, why = _stage(rollout, outlook, journal, gates)
        yield Progress(rollout.app, stage, why, releases.get(rollout.app, (0, None))[0])


def _stage(
    rollout: SiteRollout, outlook: Outlook | None, journal: Journal, gates: Sequence[Gate]
) -> tuple[Stage, str]:
    held = [hold for (_, group), hold in journal.holds().items() if app_of(group) == rollout.app]
    if outlook is None:
        return "through", ""
    records, app = outlook.records, rollout.app
    failed = [hold.why for hold in held if hold.by != "person"]
    if app in records.stopped or failed:
        return "failed", records.stopped.get(app) or failed[0]
    if held or "abort" in {records.words.get(app), records.released.get(app)}:
        return "back", held[0].why if held else ""
    waiting = next((gate.why for gate in gates if gate.app == app), None)
    if waiting is not None:
        return "waits", waiting
    changing = any(change.app == app for change in outlook.proving)
    return ("changes" if changing else "through"), ""
