"""What has to be at hand on a host beside what runs there, and what nothing there needs any more."""

from __future__ import annotations

from placelang_runtime.apply.releasing import uplink_rests
from placelang_runtime.apply.scene import Scene
from placelang_runtime.apply.target import good_specs
from placelang_runtime.apply.work import Task, Work, fetch_model
from placelang_runtime.containers import images_of, models_at_hand, takeovers_on, visits_on


def tidy(scene: Scene) -> Work:
    """Have at hand whatever contingencies and a roll back would need, which may be steps of the plan; see that hosts
    have for that what only they can have, as secrets; then take away what nothing needs."""
    resting = uplink_rests(scene)
    nodes = scene.part.steps.nodes if scene.part.steps is not None else ()
    steps = {(node.kind, node.host, node.of): n for n, node in enumerate(nodes)}
    fetches = tuple(
        Task("fetch", host, image, "", step=steps.get(("fetch-image", host, image)))
        for host in scene.drivers
        for image in _at_hand(scene, host)
        if not resting
    )
    fetches += tuple(
        fetch_model(host, model, steps.get(("fetch-model", host, model.title)))
        for host in scene.drivers
        for model in models_at_hand(scene.part, host)
    )
    ready = tuple(
        Task("ready", host, spec.name, "", spec=spec)
        for host in scene.drivers
        for spec in takeovers_on(scene.part, host)
    )
    cleans = tuple(
        Task("clean", host, image, "")
        for host in scene.drivers
        for image in sorted(scene.journal.images(host) - _needed(scene, host))
    )
    tasks = (*fetches, *ready, *cleans)
    return Work(tasks, {task.key: frozenset() for task in tasks})


def _at_hand(scene: Scene, host: str) -> tuple[str, ...]:
    return tuple(sorted({image for one in scene.part.at_hand if one.host == host for image in one.images}))


def _needed(scene: Scene, host: str) -> frozenset[str]:
    """What runs on a host, might run there, and ran there before, as a roll back would have it."""
    needed = {*_at_hand(scene, host), *images_of(scene.target.wanted[host].values())}
    needed.update(images_of(scene.target.asleep[host].values()))
    needed.update(images_of(visits_on(scene.part, host)))
    needed.update(run.image for job in scene.part.jobs for run in job.runs if run.host == host and run.image)
    for group in scene.journal.standing(host):
        for good in scene.journal.good(host, group)[:2]:
            needed.update(images_of(good_specs(scene.journal, host, group, good.id)))
    return frozenset(needed)
