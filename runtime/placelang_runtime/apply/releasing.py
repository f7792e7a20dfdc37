"""Rollouts while a part is carried out: what begins, what has proved itself, what is stopped, and what waits."""

from __future__ import annotations

from collections.abc import Mapping

from placelang_runtime.apply.outlook import Outlook, begin, find_outlook, waiting_for
from placelang_runtime.apply.proving import prove, take_over
from placelang_runtime.apply.scene import Scene
from placelang_runtime.apply.work import Seen
from placelang_runtime.hours import asleep
from placelang_runtime.rollout.allowance import rests_until
from placelang_runtime.rollout.gates import Gate


def outlook_of(scene: Scene) -> Outlook | None:
    """How far the rollouts are, None where everything changes at once."""
    return find_outlook(scene.part, scene.journal, scene.drivers, scene.elsewhere)


def proceed(scene: Scene) -> None:
    """Let begin what may begin now."""
    outlook = outlook_of(scene)
    if outlook is None:
        return
    take_over(outlook, scene.journal, {host: copies.values() for host, copies in scene.copies.items()})
    outlook = outlook_of(scene)
    if outlook is not None:
        begin(outlook, scene.journal, scene.now(), at_once=scene.at_once)


def has_proved(scene: Scene, seen: Seen) -> bool:
    """Note what has been well for long enough by now; whether anything has."""
    outlook = outlook_of(scene)
    if outlook is None:
        return False
    now = scene.now()
    return prove(outlook, scene.journal, seen, now, asleep(scene.part, now.wall))


def what_waits(scene: Scene) -> tuple[Gate, ...]:
    """What has not changed yet, or has yet to prove itself."""
    outlook = outlook_of(scene)
    return () if outlook is None else waiting_for(outlook, scene.journal, scene.now())


def stop_rollouts(scene: Scene, whys: Mapping[str, str]) -> dict[str, str]:
    """Of groups that failed, and why, those that are to go back. Where an app is being rolled out, nothing more of it
    begins; all that it changed goes back with what failed, or nothing does, as the rollout says."""
    outlook = outlook_of(scene)
    if outlook is None:
        return dict(whys)
    back = dict(whys)
    for rollout in outlook.part.rollouts:
        changes = [change for change in outlook.changes if change.app == rollout.app]
        groups = sorted({change.spec.group for change in changes})
        why = next((whys[group] for group in groups if group in whys), None)
        if why is None or not {change.replica for change in changes} - outlook.records.proved:
            continue
        scene.journal.stop_rollout(outlook.accepted, rollout.app, why)
        for group in groups:
            if rollout.rolls_back:
                back.setdefault(group, why)
            else:
                back.pop(group, None)
    return back


def uplink_rests(scene: Scene) -> bool:
    """Whether the uplink of the site carried within a day what it may."""
    wall = scene.now().wall
    carried = scene.journal.transfers(int(wall.timestamp() * 1000)) if scene.part.transfers else ()
    return rests_until(scene.part.transfers, carried, wall) is not None
