"""A version of a model leaves a host for good: its files go, and no way back leads to it any more.

Refused while anything here serves it, or would after a loss or a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from placelang_runtime.apply.carry_out import Result, carry_out, plan_work
from placelang_runtime.apply.changes import ChangeError
from placelang_runtime.apply.scene import Scene
from placelang_runtime.apply.specs import read_specs
from placelang_runtime.containers import ReplicaSpec, Served, models_at_hand, takeovers_on
from placelang_runtime.serve.manifest import FIRST_VERSION


def retire(scene: Scene, model: str, version: str) -> Result:
    """Forget a version of a model, which nothing serves. Raises `ChangeError` where something does, or nobody knows
    it here."""
    plan_work(scene)
    for host in scene.drivers:
        for why in _serving(scene, host, model, version):
            raise ChangeError(f"{model} {version} cannot be retired: {why}")
    gone = [
        good.id
        for host, group in _groups(scene)
        for good in scene.journal.good(host, group)
        if any(_serves(spec.own.serves, model, version) for spec in read_specs(good.replicas))
    ]
    if not gone:
        there = ", ".join(dict.fromkeys(one.version or "" for one in scene.journal.servings(model)))
        raise ChangeError(f"no {model} {version} is kept here" + (f": there were {there}" if there else ""))
    scene.journal.forget_good(gone)
    scene.journal.happen("retired", model, f"{version}: nothing here serves it, or goes back to it")
    return carry_out(scene, f"retire {model} {version}")


def _serving(scene: Scene, host: str, model: str, version: str) -> Iterator[str]:
    """What serves it on a host, or would."""
    wanted = (*scene.target.wanted[host].values(), *scene.target.asleep[host].values())
    for what, specs in (
        ("is served by", wanted),
        ("is what is gone back to from a failure of", _standing(scene, host)),
        ("would be served after a loss by", takeovers_on(scene.part, host)),
    ):
        for spec in specs:
            if _serves(spec.own.serves, model, version):
                yield f"it {what} {spec.name} on {host}"
    if _serves(models_at_hand(scene.part, host), model, version):
        yield f"{host} keeps it at hand for a loss"


def _standing(scene: Scene, host: str) -> Iterator[ReplicaSpec]:
    for good in scene.journal.standing(host).values():
        yield from read_specs(good.replicas)


def _groups(scene: Scene) -> Iterator[tuple[str, str]]:
    for host in scene.drivers:
        for group in scene.journal.standing(host):
            yield host, group


def _serves(those: Iterable[Served], model: str, version: str) -> bool:
    return any(one.name == model and (one.version or FIRST_VERSION) == version for one in those)
