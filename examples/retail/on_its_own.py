"""A store that is on its own: three hosts that get their plan after a canary elsewhere, lose their registry, one of
them, and then the way to each other; and a new version that is planned from what their agents told meanwhile.

Each host has an engine, an agent, a watchdog and a store of its own, in a network of its own; links are set down and
processes killed, nothing is pretended. `till` is `single`, `web` is not, and both write down that they run: from
that it is read whether there were ever two of what must be one. Every act is held to what it says; the exit code is
1 otherwise. Needs root, docker.io, docker-registry, etcd-server and busybox-static of Debian; `make site-demo` runs it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from placelang.store import Store
from placelang_runtime.trust.keys import parse_public
from tests.cli.console import clean_environment
from tests.engines import missing
from tests.images.registries import running_registry
from tests.site.machines import RECORDS, Machine, Site, new_names, running_machines, until

SERVICES = ("till", "web")
LONGEST = 120.0
COPIES = 6
"""The first one, one after the loss, one after the return, one after the split, one after it healed, and the next
version."""
PORT = 7071
SHOP = """
param version: string = "1"

app shop {{
  prefer survive 1 host
  service till {{
    image    "{image}"
    replicas 1 per site
    single
    prefer   hosts where name == "{first}"
    needs    memory 16MiB
    env SERVICE = "till-${{site.name}}"
    env HOST    = host.name
    env VERSION = version
    volume   "/said" from "{said}"
    command  "sh", "-c", '{script}'
  }}
  service web {{
    image    "{image}"
    replicas 1 per site
    prefer   hosts where name == "{first}"
    needs    memory 16MiB
    env SERVICE = "web-${{site.name}}"
    env HOST    = host.name
    env VERSION = version
    volume   "/said" from "{said}"
    command  "sh", "-c", '{script}'
  }}
  rollout {{
    wave canary: all sites where name == "mmo", healthy for 2s, approved
    wave rest:   all sites
    at most 1 host per site at once
    proceed when healthy for 1s
    otherwise roll back
  }}
}}
"""
HOSTS = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts: [{gbg}]
  - name: mmo
    hosts: [{mmo}]
"""


@dataclass(frozen=True)
class Demo:
    """`site` has all machines; those of `gbg` are the store, and `mmo` is the canary."""

    site: Site
    begun: float

    @property
    def gbg(self) -> list[Machine]:
        return [machine for machine in self.site if machine.site == "gbg"]

    @property
    def mmo(self) -> Machine:
        return next(machine for machine in self.site if machine.site == "mmo")

    @property
    def store(self) -> str:
        return f"sqlite:///{self.site.folder}/fleet.db"

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
        self.hold(self.site.doubles("till-gbg") == [], "there were two of what must be one")

    def show(self) -> None:
        for machine in self.site:
            print(f"    {machine.name}: {' '.join(machine.running()) or '-'}", flush=True)

    def hold(self, holds: object, fault: str) -> None:
        if not holds:
            sys.exit(fault)

    def where(self, service: str) -> list[str]:
        """The hosts of the store on which a service runs."""
        return [machine.name for machine in self.gbg if f"shop.{service}" in machine.running()]

    def is_planned(self) -> bool:
        """Whether each service of the store runs where the plan has it, and nowhere else."""
        return all(self.where(service) == [self.gbg[0].name] for service in SERVICES)

    def version(self, machine: Machine) -> set[str]:
        """The versions that run on a host."""
        found: set[str] = set()
        with suppress(Exception):
            for one in machine.engine.client.containers(filters={"label": f"placelang.host={machine.name}"}):
                env = machine.engine.client.inspect_container(one["Id"])["Config"]["Env"]
                found |= {said.removeprefix("VERSION=") for said in env if said.startswith("VERSION=")}
        return found

    def waits(self) -> str:
        """What the rollout of the shop waits for; empty once it is done."""
        with Store(self.store) as store:
            _, standing, waits = store.rollouts()["shop"]
        return "" if standing.state == "done" else waits or "for somebody to look"

    def stand_ins(self, lost: str) -> set[str]:
        """The hosts on which the plan starts something once one host is lost."""
        parts = json.loads((self.site.folder / "plan.json").read_text(encoding="utf-8"))["parts"]
        return {
            start["replica"]["host"]
            for part in parts
            for contingency in part.get("contingencies", ())
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


def write_inputs(demo: Demo, image: str) -> None:
    """What shall run, and what a person knows of the hosts."""
    known = {
        one.name: f"{{name: {one.name}, cpu: {{cores: 4}}, memory: 8GiB, disk: 99GiB, up: true, "
        f'member: {{key: "{one.key}", address: {one.address}}}}}'
        for one in demo.site.members
    }
    inventory = HOSTS.format(
        gbg=", ".join(known[machine.name] for machine in demo.gbg), mmo=known[demo.mmo.name]
    )
    (demo.site.folder / "inventory.yaml").write_text(inventory, encoding="utf-8")
    script = RECORDS.strip().replace("\n", " ")
    text = SHOP.format(first=demo.gbg[0].name, said=demo.site.said, script=script, image=image)
    (demo.site.folder / "shop.place").write_text(text, encoding="utf-8")


def serve(demo: Demo, stack: ExitStack) -> str:
    """Where agents report to, and who has rollouts go on, as processes of their own; the address of the former."""
    demo.run("key", "new", "waves.key")
    listen = f"{demo.site.address}:{PORT}"
    for command in (
        ("inventory", "serve", "-i", demo.store, "--listen", listen, "--parts", "parts"),
        ("rollout", "run", "-i", demo.store, "--key", "waves.key"),
    ):
        print(f"$ placelang {' '.join(command)} &", flush=True)
        log = stack.enter_context((demo.site.folder / f"{command[0]}.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", "placelang", *command],
            cwd=demo.site.folder,
            env=clean_environment(),
            stdout=log,
            stderr=log,
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
    return f"http://{listen}"


def release(demo: Demo, number: int, inventory: str, *current: str) -> None:
    """Plan a version, sign the plan, and have its rollout go on through the canary and past the gate."""
    version, sequence = f"version={number}", ("--sequence", str(number))
    plan = ("--set", version, *current, "--output", "plan.json")
    demo.run("plan", "shop.place", "--inventory", inventory, *plan)
    waves = demo.run("key", "show", "waves.key").strip()
    demo.run("sign", "plan.json", "--key", "fleet.key", "--release-key", waves, *sequence, "-o", "parts")
    demo.run("rollout", "start", "plan.json", *sequence, "-i", demo.store)
    versions = [demo.version(machine) for machine in demo.gbg]
    demo.see(
        f"{demo.mmo.name} runs version {number}, and the gate behind it is closed",
        lambda: demo.version(demo.mmo) == {str(number)} and "approve" in demo.waits(),
    )
    demo.hold([demo.version(machine) for machine in demo.gbg] == versions, "the gate was not waited for")
    demo.run("rollout", "approve", "shop", "-i", demo.store)
    demo.see(
        f"version {number} runs everywhere, as planned",
        lambda: demo.is_planned() and demo.version(demo.gbg[0]) == {str(number)} and not demo.waits(),
    )
    demo.run("rollout", "status", "-i", demo.store)


def begin(demo: Demo, registry: str, stack: ExitStack) -> None:
    """An image in a registry, agents that trust a key and report, and a first version."""
    site, image = demo.site, f"{registry}/shop:1"
    push(demo.mmo, image)
    write_inputs(demo, image)
    key = demo.run("key", "new", "fleet.key").split("\n")[0]
    with Store(demo.store, create=True) as store:
        for member in site.members:
            print(f"known by its key, as by `placelang inventory enroll`: {member.name}", flush=True)
            store.enroll(member.name, parse_public(member.key))
    report = serve(demo, stack)
    allowed = f'trusted_keys = ["{key}"]\nregistries = ["{registry}"]\nreport = "{report}"\nreport_every = 5'
    for machine in site:
        machine.configure([one for one in site if one.site == machine.site], site.said, allowed)
        machine.start_dog()
        machine.start_agent()
    release(demo, 1, "inventory.yaml")


def show(demo: Demo, registry: str, stop_registry: Callable[[], None], stack: ExitStack) -> None:
    """All that happens to the store, from its first plan to its next one."""
    site, (first, *others) = demo.site, demo.gbg
    demo.say(
        "A version is planned and signed. Agents fetch their parts; a canary goes first, and then a person agrees"
    )
    begin(demo, registry, stack)
    ready = demo.stand_ins(first.name)
    demo.hold(ready, "the plan says nothing of a loss")
    demo.see(
        f"{' '.join(sorted(ready))} has the image as well, for the loss of {first.name}",
        lambda: all(has_image(site[name], f"{registry}/shop:1") for name in ready),
    )

    demo.say("The registry is stopped: from here on there is what the hosts have, and nothing else")
    stop_registry()
    demo.hold(demo.is_planned(), "something changed for want of a registry")

    demo.say(f"{first.name} is lost: its link, its agent, its watchdog, its store and its engine are gone")
    first.lose()
    demo.see(
        f"its contingency runs, each service once, on {' '.join(sorted(ready))}",
        lambda: all(len(demo.where(one)) == 1 and ready.issuperset(demo.where(one)) for one in SERVICES),
    )

    demo.say(f"{first.name} comes back")
    first.come_back()
    demo.see("all runs where it was planned, and the stand-ins have ended", demo.is_planned)
    demo.hold(site.doubles("web-gbg"), "what need not be one did not run on until its host was well again")

    demo.say(f"The site splits: {first.name} runs on, and no longer reaches the others")
    first.cut()
    demo.see(
        "the side with a majority has till, and web runs on both",
        lambda: (
            [name == first.name for name in demo.where("till")] == [False]
            and "shop.web" in first.running()
            and any("shop.web" in one.running() for one in others)
        ),
    )

    demo.say("The link is up again")
    first.cut(down=False)
    demo.see("all is as planned", demo.is_planned)

    demo.say(
        "The next version is planned from the store that the agents filled; no file says anything of hosts"
    )
    (site.folder / "inventory.yaml").unlink()
    release(demo, 2, demo.store, "--current", "plan.json")
    copies = len(site.stretches("till-gbg"))
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
        names = new_names(3)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="site-", dir="/tmp")))
        site = stack.enter_context(running_machines(folder, (*names, f"mmo-{os.getpid()}")))
        list(site)[-1].site = "mmo"
        shelf = folder / "registry"
        shelf.mkdir()
        serving = stack.enter_context(ExitStack())
        registry = serving.enter_context(running_registry(shelf, site.address))
        show(Demo(site, begun), registry.host, serving.close, stack)


if __name__ == "__main__":
    main()
