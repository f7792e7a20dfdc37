"""A store that is on its own: three hosts that lose their registry, one of them, and then the way to each other.

Each host has an engine, an agent, a watchdog and a store of its own, in a network of its own; links are set down and
processes killed, nothing is pretended. `till` is `single`, `web` is not, and both write down that they run: from
that it is read whether there were ever two of what must be one. Every act is held to what it says; the exit code is
1 otherwise. Needs root, docker.io, docker-registry, etcd-server and busybox-static of Debian; `make site-demo` runs it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.cli.console import clean_environment
from tests.engines import missing
from tests.images.registries import running_registry
from tests.site.machines import Machine, Site, new_names, running_machines, start, until, write_shop

SERVICES = ("till", "web")
LONGEST = 120.0
COPIES = 5
"""The first one, one after the loss, one after the return, one after the split, and one after it healed."""


@dataclass(frozen=True)
class Demo:
    site: Site
    begun: float

    def say(self, text: str) -> None:
        """Tell what is done next."""
        print(f"\n--- {monotonic() - self.begun:3.0f} s  {text}", flush=True)

    def run(self, *arguments: str) -> str:
        """Give a command, show it and what it says."""
        print(f"$ placelang {' '.join(arguments)}", flush=True)
        ended = subprocess.run(
            [sys.executable, "-m", "placelang", *arguments],
            cwd=self.site.folder,
            env=clean_environment(),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        print(ended.stdout.rstrip(), flush=True)
        if ended.returncode != 0:
            sys.exit(f"exit code {ended.returncode}")
        return ended.stdout

    def see(self, told: str, holds: Callable[[], bool]) -> None:
        """Wait until something is so, and show what runs where; it is a fault if that never comes."""
        try:
            after = until(holds, LONGEST)
        except AssertionError:
            self.show()
            for machine in self.site:
                log = (machine.folder / "agent.log").read_text(encoding="utf-8", errors="replace")
                print(f"{machine.name} said last:\n{log[-3000:]}")
            sys.exit(f"this was expected, and did not come: {told}")
        print(f"seen after {after:.1f} s: {told}")
        self.show()
        self.hold(self.site.doubles("till") == [], "there were two of what must be one")

    def show(self) -> None:
        for machine in self.site:
            print(f"    {machine.name}: {' '.join(machine.running()) or '-'}", flush=True)

    def hold(self, holds: object, fault: str) -> None:
        if not holds:
            sys.exit(fault)

    def is_planned(self) -> bool:
        """Whether each service runs where the plan has it, and nowhere else."""
        first = next(iter(self.site.machines))
        return all(self.site.where(service) == [first] for service in SERVICES)

    def stand_ins(self, lost: str) -> set[str]:
        """The hosts on which the plan starts something once one host is lost."""
        (part,) = json.loads((self.site.folder / "plan.json").read_text(encoding="utf-8"))["parts"]
        return {
            start["replica"]["host"]
            for contingency in part["contingencies"]
            if contingency["lost"] == [lost]
            for start in contingency["starts"]
        }


def has_image(machine: Machine, image: str) -> bool:
    """Whether a host could start an image without asking anybody."""
    return bool(machine.engine.client.images(image, quiet=True))


def push(machine: Machine, image: str) -> None:
    """Bring an image to its registry, and leave none on the host."""
    machine.engine.load(image)
    said = str(machine.engine.client.push(image))
    if "error" in said:
        sys.exit(said)
    machine.engine.client.remove_image(image)


def begin(demo: Demo, registry: str) -> str:
    """Plan, sign, and hand the part to three agents that trust the key; the image that it needs."""
    site, image = demo.site, f"{registry}/shop:1"
    push(next(iter(site)), image)
    write_shop(site, image)
    key = demo.run("key", "new", "fleet.key").split("\n")[0]
    demo.run("plan", "shop.place", "--inventory", "inventory.yaml", "--output", "plan.json")
    demo.run("sign", "plan.json", "--key", "fleet.key", "--sequence", "1", "-o", "parts")
    start(
        site,
        site.folder / "parts" / "gbg.part.json",
        f'trusted_keys = ["{key}"]\nregistries = ["{registry}"]',
    )
    return image


def show(demo: Demo, registry: str, stop_registry: Callable[[], None]) -> None:
    """All that happens to the site, from its plan until it is as planned again."""
    site = demo.site
    first, *others = site
    demo.say("A plan is made, signed, and handed to the agents of three hosts")
    image = begin(demo, registry)
    demo.see(f"all runs on {first.name}, as planned", demo.is_planned)
    ready = demo.stand_ins(first.name)
    demo.hold(ready, "the plan says nothing of a loss")
    demo.see(
        f"{' '.join(sorted(ready))} has the image as well, for the loss of {first.name}",
        lambda: all(has_image(site[name], image) for name in ready),
    )

    demo.say("The registry is stopped: from here on there is what the hosts have, and nothing else")
    stop_registry()
    demo.hold(demo.is_planned(), "something changed for want of a registry")

    demo.say(f"{first.name} is lost: its link, its agent, its watchdog, its store and its engine are gone")
    first.lose()
    demo.see(
        f"its contingency runs, each service once, on {' '.join(sorted(ready))}",
        lambda: all(len(site.where(one)) == 1 and ready.issuperset(site.where(one)) for one in SERVICES),
    )

    demo.say(f"{first.name} comes back")
    first.come_back()
    demo.see("all runs where it was planned, and the stand-ins have ended", demo.is_planned)
    demo.hold(site.doubles("web"), "what need not be one did not run on until its host was well again")

    demo.say(f"The site splits: {first.name} runs on, and no longer reaches the others")
    first.cut()
    demo.see(
        "the side with a majority has till, and web runs on both",
        lambda: (
            [name == first.name for name in site.where("till")] == [False]
            and "shop.web" in first.running()
            and any("shop.web" in one.running() for one in others)
        ),
    )

    demo.say("The link is up again")
    first.cut(down=False)
    demo.see("all is as planned", demo.is_planned)
    copies = len(site.stretches("till"))
    demo.hold(copies >= COPIES, "till did not change hosts as often as was shown")
    demo.say(f"{copies} copies of till wrote down when they ran: no two at once")


def main() -> None:
    """Have hosts, a bridge and a registry, and show it."""
    lacking = missing() or " ".join(
        f"this needs {package}"
        for command, package in (("etcd", "etcd-server"), ("docker-registry", "docker-registry"))
        if shutil.which(command) is None
    )
    if lacking:
        sys.exit(lacking)
    begun = monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="site-", dir="/tmp")))
        site = stack.enter_context(running_machines(folder, new_names(3)))
        shelf = folder / "registry"
        shelf.mkdir()
        serving = stack.enter_context(ExitStack())
        registry = serving.enter_context(running_registry(shelf, site.address))
        show(Demo(site, begun), registry.host, serving.close)


if __name__ == "__main__":
    main()
