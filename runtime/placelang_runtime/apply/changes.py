"""What people decide against an accepted plan: to go back to what ran before, to empty a host, to remove an app.

Each is noted in the journal first, and then carried out like a plan; it holds until the next plan is applied, and a
host stays drained until it is resumed.
"""

from __future__ import annotations

from dataclasses import replace

from placelang_runtime.apply.carry_out import Result, carry_out
from placelang_runtime.apply.scene import Event, Scene
from placelang_runtime.drivers import DriverError
from placelang_runtime.journal import Hold, Word


class ChangeError(ValueError):
    """What was asked for cannot be; the message says why."""


def roll_back(scene: Scene, name: str | None) -> Result:
    """Have groups run as they ran well before: those of an app, one, or all that the accepted part changed. Raises
    `ChangeError` where there is nothing to go back to."""
    holds = []
    known = False
    for host in scene.drivers:
        for group, good in scene.journal.standing(host).items():
            if name is not None and name not in {group, app_of(group)}:
                continue
            known = True
            if name is None and good.accepted != scene.accepted.id:
                continue
            before = next((one for one in scene.journal.good(host, group) if one.id < good.id), None)
            if before is not None:
                holds.append(Hold(host, group, before.id, "rolled back by hand", "person"))
    if name is not None and not known:
        raise ChangeError(f"nothing called {name} ever ran well here: `status` shows what there is")
    if not holds and name is None:
        raise ChangeError("the plan that holds changed nothing that ran before: say which app is to go back")
    if not holds:
        raise ChangeError(f"{name} did not run otherwise before, as far as is still known")
    scene.journal.hold(*holds)
    return carry_out(scene, "rollback" if name is None else f"rollback {name}")


def drain(scene: Scene, host: str, *, drained: bool) -> Result:
    """Empty a host of the site, whose replicas others take over as its loss would have it; or fill it again."""
    if host not in {one.name for one in scene.part.hosts}:
        hosts = ", ".join(one.name for one in scene.part.hosts[:20])
        raise ChangeError(f"the site {scene.part.site} has no host {host}; it has {hosts}")
    scene.journal.drain(host, drained=drained)
    return carry_out(scene, f"{'drain' if drained else 'resume'} {host}")


def say(scene: Scene, app: str, word: Word) -> Result:
    """Have an app begin to change here, whatever its waves say; wait where it is; or go back, and stay there."""
    rolled = {one.app for one in scene.part.rollouts}
    if app not in rolled:
        names = ", ".join(sorted(rolled)[:20]) or "none"
        raise ChangeError(f"no rollout of {app} is in the plan of {scene.part.site}: those of {names} are")
    scene.journal.note_word(scene.accepted.id, app, word)
    return carry_out(scene, f"rollout {word} {app}")


def remove(scene: Scene, app: str, *, volumes: bool) -> Result:
    """End all that runs of an app, those services first that are after others; its volumes stay unless they are to go
    too."""
    groups = {group.name for group in scene.part.groups if app_of(group.name) == app}
    groups |= {job.name for job in scene.part.jobs if job.app == app}
    holds = []
    for host, driver in scene.drivers.items():
        here = {copy.labels.group for copy in driver.copies() if copy.labels.service.partition(".")[0] == app}
        standing = {group for group in scene.journal.standing(host) if app_of(group) == app}
        holds += [
            Hold(host, group, None, "removed by hand", "person") for group in sorted(groups | here | standing)
        ]
    if not holds:
        raise ChangeError(f"no app {app} is planned or runs here: `status` shows what there is")
    scene.journal.hold(*holds)
    result = carry_out(scene, f"remove {app}")
    if volumes and result.outcome == "done":
        return replace(result, deeds=result.deeds + _remove_volumes(scene, app))
    return result


def _remove_volumes(scene: Scene, app: str) -> int:
    """How many there were. Raises DriverError."""
    run, removed = scene.journal.runs(1)[0].id, 0
    for host, driver in scene.drivers.items():
        for volume in driver.volumes():
            if volume.service.partition(".")[0] == app:
                deed = scene.journal.begin(run, host, "remove-volume", volume.name)
                try:
                    driver.remove_volume(volume.name)
                except DriverError as error:
                    scene.journal.end(deed, str(error))
                    raise
                scene.journal.end(deed, None)
                scene.report(
                    Event("did", "remove-volume", host, f"the volume {volume.path} of {volume.replica}")
                )
                removed += 1
    return removed


def app_of(group: str) -> str:
    """The app of a group: `shop` of `shop@gbg`, of `shop.till@gbg/1` and of `stats.merge`."""
    return group.partition("@")[0].partition(".")[0]
