"""Which models' files stay on a host."""

from __future__ import annotations

from placelang_runtime.apply.scene import Scene
from placelang_runtime.apply.target import good_specs
from placelang_runtime.containers import ReplicaSpec, Served, models_at_hand, visits_on


def models_to_keep(scene: Scene) -> tuple[Served, ...]:
    """Those that run on the hosts, might run there, and ran there before: of each as many old ones as the part says,
    and one at least, as a roll back would have it."""
    found: list[Served] = []
    for host in scene.drivers:
        specs: list[ReplicaSpec] = [*visits_on(scene.part, host)]
        for wanted in (scene.target.wanted, scene.target.asleep):
            specs += wanted[host].values()
        found += [*models_at_hand(scene.part, host), *(model for spec in specs for model in spec.models)]
        found += [model for group in scene.journal.standing(host) for model in _old(scene, host, group)]
    return tuple(dict.fromkeys(found))


def _old(scene: Scene, host: str, group: str) -> list[Served]:
    """Of each model of a group the last, and those before it that are retained."""
    retain = {model.name: max(1, model.retain) for model in scene.part.models}
    ran: dict[str, dict[Served, None]] = {}
    for good in scene.journal.good(host, group):
        for spec in good_specs(scene.journal, host, group, good.id):
            for model in spec.models:
                ran.setdefault(model.name, {})[model] = None
    return [model for name, versions in ran.items() for model in list(versions)[: 1 + retain.get(name, 1)]]
