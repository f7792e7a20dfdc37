"""A model's life at two sites: made, looked into, packaged, served, replaced by a bad one, gone back to by a rule, and
made anew by a job when the world drifts.

A store has a container engine, in a network of its own that leads nowhere but to this machine; a kiosk has none, and
runs the same as processes. Each has an agent. The models are small and real: the bad one is bad, and how good they are
is measured on pictures that none of them has seen. Everything is held to what it says; the exit code is 1 otherwise.
Needs root, docker.io and busybox-static of Debian; `make vision-demo` runs it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import make
import numpy as np
from images import SERVED, load, make_training
from pictures import draw
from stage import Site, Stage, end, free_port, is_ready, is_served, sort

from placelang_runtime.drivers.process import ProcessDriver
from tests.engines import Engine, missing, running_engine

HERE = Path(__file__).parent
PICTURES = 400
GOOD, BETTER, BAD = 0.9, 0.8, 0.7


@dataclass(frozen=True)
class Play:
    """The stage, and who is on it."""

    stage: Stage
    engine: Engine
    store: Site
    kiosk: Site

    @property
    def sites(self) -> tuple[Site, Site]:
        return self.store, self.kiosk

    def plan(self, version: str, number: int) -> None:
        """Plan both sites with a version of the model, sign it, and hand each its part."""
        folder, port = self.stage.folder, self.kiosk.url.rpartition(":")[2]
        given = {
            "version": version,
            "store.folder": folder / "gbg-site",
            "kiosk.folder": folder / "ale-site",
            "kiosk.program": folder / "retrain.py",
            "kiosk.python": sys.executable,
            "kiosk.listen": port,
        }
        before = ("--current", f"{number - 1}.json") if number > 1 else ()
        self.stage.run(
            *("plan", "store.place", "kiosk.place", "-i", "inventory.yaml"),
            *(word for name, value in given.items() for word in ("--set", f"{name}={value}")),
            *before,
            *("-o", f"{number}.json"),
            quiet=number > 1,
        )
        self.stage.run(
            "sign", f"{number}.json", "--key", "fleet.key", "--sequence", str(number), "-o", f"parts-{number}"
        )
        for site in self.sites:
            self.stage.run("apply", f"parts-{number}/{site.name}.part.json", "--config", f"{site.name}.toml")

    def sort(self, version: str, *, worn: bool = False, judged: bool = False) -> list[float]:
        """How well both sites sort, and by the version that is expected."""
        pictures, labels = draw(PICTURES, 7, worn=worn)
        found = []
        for site in self.sites:
            answered, share = sort(site.url, pictures, labels, judged=judged)
            light = "a worn lamp" if worn else "a new lamp"
            print(
                f"{site.name}: version {answered} sorts {share:.1%} of {PICTURES} pictures right, by {light}"
            )
            self.stage.hold(answered == version, f"version {version} was expected at {site.name}")
            found.append(share)
        return found

    def see(self, told: str, kind: str, count: int = 1) -> None:
        """Wait until the agents of both sites told of something so many times, and show the last of it."""
        self.stage.see(told, lambda: all(len(self.stage.told(site, kind)) >= count for site in self.sites))
        for site in self.sites:
            print(f"    {site.name}: {self.stage.told(site, kind)[-1]}")


def begin(play: Play) -> None:
    """From nothing to version 1 at both sites."""
    stage, engine = play.stage, play.engine
    stage.say("The lab makes its models")
    make.make(stage.folder)
    make.tell(stage.folder)
    stage.run("model", "inspect", "models/1/sorter.int8.onnx")
    for version in ("1", "2"):
        draw_baseline(stage, version, "samples")

    stage.say("As an image: loaded into an engine that reaches no registry and no network, it answers")
    stage.run("model", "package", "models/1/sorter.int8.onnx", "--version", "1", "-o", "sorter.tar")
    load(engine, stage.folder / "sorter.tar")
    made = engine.client.create_container(SERVED)
    engine.client.start(made)
    url = f"{engine.client.inspect_container(made)['NetworkSettings']['IPAddress']}:8000"
    stage.see("the image serves its model", lambda: is_ready(url))
    version, share = sort(url, *draw(PICTURES, 7))
    print(f"version {version} of the image sorts {share:.1%} right")
    stage.hold(share > GOOD, "the image does not do what the model does")
    engine.client.remove_container(made, force=True)

    stage.say("A plan for both sites: the kiosk has no room for the better variant")
    make_training(engine)
    engine.load("returns/till:1")
    trust(play)
    play.plan("1", 1)
    stage.hold(min(play.sort("1")) > GOOD, "the first version is no good")


def trust(play: Play) -> None:
    """A key, and hosts with agents that trust it."""
    folder = play.stage.folder
    key = play.stage.run("key", "new", "fleet.key").split("\n")[0]
    common = f'trusted_keys = ["{key}"]\nmodels = "{folder}"\n'
    store = f'host = "gbg-1"\nsite = "gbg"\nstate = "gbg"\nmemory = "gbg-memory"\n{common}'
    play.stage.start(
        play.store,
        f'{store}engine = "{play.engine.address}"\nmodel_server = "{SERVED}"\nhost_paths = ["{folder}/gbg-site"]\n',
    )
    kiosk = f'host = "ale-1"\nsite = "ale"\nstate = "ale"\nmemory = "ale-memory"\n{common}'
    play.stage.start(play.kiosk, f'{kiosk}driver = "process"\n')


def draw_baseline(stage: Stage, version: str, data: str) -> None:
    """What a version met where it was made."""
    model = f"models/{version}/sorter"
    stage.run("model", "baseline", f"{model}.fp32.onnx", "--data", data, "-o", f"{model}.baseline.json")


def go_wrong(play: Play) -> None:
    """A bad version, and back by a rule."""
    stage = play.stage
    stage.say("Version 2 takes its place, while both go on serving. It is bad, and people say so")
    play.plan("2", 2)
    stage.hold(max(play.sort("2", judged=True)) < BAD, "the bad version is not bad")
    play.see("both sites go back by themselves, and ask nobody", "rule-roll-back")
    stage.see("version 1 serves again", lambda: all(is_served(site.url, "1") for site in play.sites))
    stage.hold(min(play.sort("1")) > GOOD, "the version before is not what serves")


def drift_away(play: Play) -> None:
    """The lamps wear out, the sites notice, and make the model anew."""
    stage = play.stage
    for site in play.sites:
        label(stage.folder / f"{site.name}-site")
    stage.say("The lamps wear out: the same model is worse now, and nobody touched it")
    stage.hold(max(play.sort("1", worn=True)) < BAD, "the pictures are as they were")
    play.see("both sites tell that they drift", "alert")
    play.see("and have the job run", "rule-run")
    play.see("which makes the model anew, of pictures that were labelled meanwhile", "job-well")

    stage.say("The lab looks at what the store made, and gives it to both as version 3")
    shutil.copytree(stage.folder / "gbg-site" / "made", stage.folder / "models" / "3")
    make.tell(stage.folder)
    draw_baseline(stage, "3", "samples-3")
    play.plan("3", 3)
    stage.hold(min(play.sort("3", worn=True)) > BETTER, "the new version is no better")
    for site in play.sites:
        stage.run("model", "history", "sorter", "--config", f"{site.name}.toml")


def label(folder: Path) -> None:
    """What people at a site labelled by then: pictures by both lamps."""
    (folder / "labelled").mkdir(parents=True)
    (folder / "made").mkdir()
    for name, worn in (("new", False), ("worn", True)):
        pictures, labels = draw(1500, seed=3, worn=worn)
        np.savez(folder / "labelled" / f"{name}.npz", pictures=pictures, labels=labels)
        samples = folder.parent / "samples-3"
        samples.mkdir(exist_ok=True)
        np.savez(samples / f"{name}.npz", pictures=pictures)


@contextmanager
def playing(folder: Path) -> Iterator[Play]:
    """An engine and two hosts; nothing of them is left afterwards."""
    with ExitStack() as stack:
        engine = stack.enter_context(running_engine())
        store = Site("gbg", f"10.214.{engine.number}.2:8000")
        kiosk = Site("ale", f"127.0.0.1:{free_port()}")
        try:
            yield Play(Stage(folder), engine, store, kiosk)
        finally:
            end([store.agent, kiosk.agent])
            driver = ProcessDriver("ale-1", folder / "ale" / "processes")
            for copy in driver.copies():
                driver.remove(copy.id)


def main() -> None:
    """Have an engine, files and hosts, and show it."""
    lacking = missing()
    if lacking:
        sys.exit(lacking)
    with tempfile.TemporaryDirectory(prefix="vision-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(HERE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        with playing(folder) as play:
            begin(play)
            go_wrong(play)
            drift_away(play)


if __name__ == "__main__":
    main()
