"""A site on one machine: hosts that are namespaces on one bridge, each with an engine, an agent and a watchdog of
its own, and links that are cut. What is killed stays so until somebody starts it, as units of systemd do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from placelang.planning import plan_file
from placelang_runtime import watchdog
from placelang_runtime.canonical import to_json
from placelang_runtime.part import Member
from placelang_runtime.site.deadline import now
from placelang_runtime.site.session import PATIENCE
from placelang_runtime.trust.host_key import host_key
from placelang_runtime.trust.keys import PrivateKey, new_private
from tests.cli.console import clean_environment
from tests.engines import BOX, Engine, running_engine
from tests.site.voters import asked

SECONDS = 60.0
LISTEN = 7070
_TIMES = Path("/proc/self/timens_offsets")
RECORDS = """
read n < /proc/sys/kernel/random/uuid; trap "exit 0" TERM;
while :; do read up rest < /proc/uptime; echo "$SERVICE $HOST $up" >> /said/$SERVICE.$n; usleep 50000; done
"""
"""What a service does: it writes down, again and again, that it runs."""
APPS = """
app shop {{
  survive 1 host
  service till {{
    image    "{image}"
    replicas 1 per site
    single
    prefer   hosts where name == "{first}"
    needs    memory 16MiB
    env SERVICE = "till"
    env HOST    = host.name
    volume   "/said" from "{said}"
    command  "sh", "-c", '{script}'
  }}
  service web {{
    image    "{image}"
    replicas 1 per site
    prefer   hosts where name == "{first}"
    needs    memory 16MiB
    env SERVICE = "web"
    env HOST    = host.name
    volume   "/said" from "{said}"
    command  "sh", "-c", '{script}'
  }}
}}
"""


def new_names(count: int) -> tuple[str, ...]:
    """Names of hosts that no other site on this machine has: control groups are named by them."""
    return tuple(f"gbg-{os.getpid()}-{number}" for number in range(1, count + 1))


def run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, check=check, capture_output=True, text=True, timeout=SECONDS)
    return done.stdout


def until(holds: object, seconds: float = SECONDS) -> float:
    """Wait until it holds; after how many seconds it did."""
    begun = monotonic()
    assert callable(holds)
    while not holds():
        assert monotonic() - begun < seconds, "it never came to hold"
        sleep(0.05)
    return monotonic() - begun


@dataclass
class Machine:
    """A host. `address` is the one on the bridge, to which `link` leads. `apart` goes before the commands of agent and
    watchdog."""

    name: str
    folder: Path
    engine: Engine
    address: str
    link: str
    site: str = "gbg"
    agent: subprocess.Popen[bytes] | None = None
    dog: subprocess.Popen[bytes] | None = None
    apart: tuple[str, ...] = ()

    @property
    def inside(self) -> tuple[str, ...]:
        return ("nsenter", f"--net=/var/run/netns/{self.engine.namespace}")

    @property
    def store(self) -> Path:
        return self.folder / "state" / "site"

    @property
    def lease(self) -> Path:
        return self.folder / "memory" / "lease"

    def configure(self, peers: Sequence[Machine], said: Path, allowed: str) -> None:
        lines = [
            f'host = "{self.name}"\nsite = "{self.site}"\n{allowed}\nstate = "state"',
            f'memory = "memory/secrets"\nengine = "{self.engine.address}"\nhost_paths = ["{said}"]',
            f'address = "{self.address}"\nlisten = "{self.address}:{LISTEN}"\n[peers]',
            *(f'{peer.name} = "{peer.address}"' for peer in peers if peer is not self),
        ]
        (self.folder / "host.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @property
    def lately(self) -> tuple[str, ...]:
        """Before a command: since when the machine runs is told by a clock that is no other host's."""
        ago = str(100_000 * self.engine.number)
        return ("unshare", "--time", "--boottime", ago, "--monotonic", ago) if _TIMES.exists() else ()

    def jump(self, seconds: float) -> None:
        """Set the time of day that agent and watchdog see."""
        new = self.folder / "clock.new"
        new.write_text(str(seconds), encoding="ascii")
        new.replace(self.folder / "clock")

    @property
    def environment(self) -> dict[str, str]:
        found = clean_environment()
        return found | {
            "CLOCK": str(self.folder / "clock"),
            "PYTHONPATH": f"{Path(__file__).parent / 'clock'}:{found['PYTHONPATH']}",
        }

    def start_agent(self) -> None:
        command = [sys.executable, "-m", "placelang_runtime", "run", "--config", "host.toml"]
        with (self.folder / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                [*self.inside, *self.lately, *self.apart, *command],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def start_dog(self) -> None:
        self.lease.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "placelang_runtime.watchdog", self.name, str(self.lease)]
        with (self.folder / "dog.log").open("ab") as log:
            self.dog = subprocess.Popen(
                [*self.lately, *self.apart, *command], env=self.environment, stdout=log, stderr=log
            )

    def kill_agent(self) -> None:
        _kill(self.agent)
        self.agent = None
        (self.folder / "state" / "agent.sock").unlink(missing_ok=True)

    def kill_dog(self) -> None:
        _kill(self.dog)
        self.dog = None

    def stop_store(self) -> None:
        with suppress(OSError, ValueError):
            os.kill(int((self.store / "store.pid").read_text("ascii")), signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """To the agent."""
        assert self.agent is not None
        self.agent.send_signal(number)

    def cut(self, *, down: bool = True) -> None:
        run("ip", "link", "set", self.link, "down" if down else "up")

    def deaf(self, other: Machine, *, to: bool = True) -> None:
        """Hear nothing from another host, which hears this one."""
        act = "-I" if to else "-D"
        run(*self.inside, "iptables", "-w", act, "INPUT", "-s", other.address, "-j", "DROP", check=to)

    @contextmanager
    def frozen_engine(self) -> Iterator[None]:
        """Have the engine stand still; what it runs does not."""
        process = self.engine.process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def running(self) -> list[str]:
        """The services that run here, as the engine says, which may be none in time."""
        with suppress(Exception):
            found = self.engine.client.containers(filters={"label": f"placelang.host={self.name}"})
            return sorted(one["Labels"]["placelang.service"] for one in found)
        return []

    def apply(self, plan: Path) -> None:
        command = [sys.executable, "-m", "placelang_runtime", "apply", str(plan), "--config", "host.toml"]
        subprocess.run(
            [*self.inside, *command],
            check=False,
            cwd=self.folder,
            env=clean_environment(),
            capture_output=True,
            timeout=SECONDS,
        )

    def lose(self) -> None:
        """Take the power away: agent, watchdog, store and all that the engine runs end at once, the engine too."""
        self.cut()
        self.kill_agent()
        self.kill_dog()
        self.stop_store()
        with suppress(Exception):
            for one in self.engine.client.containers(quiet=True):
                self.engine.client.kill(one["Id"])
        self.engine.stop()
        shutil.rmtree(self.folder / "memory", ignore_errors=True)

    def come_back(self, *, alone: bool = False) -> None:
        """Start again, `alone` without a network."""
        self.engine.start()
        self.cut(down=alone)
        self.start_dog()
        self.start_agent()

    def end(self) -> None:
        self.kill_agent()
        self.stop_store()
        for _, groups in watchdog.replicas(self.name):
            for group in groups:
                with suppress(OSError):
                    (group / "freezer.state").write_text("THAWED", encoding="ascii")
        self.kill_dog()


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.kill()
        process.wait(SECONDS)


@dataclass
class Site:
    """Hosts by name, where their services write that they run, and where they reach this machine."""

    folder: Path
    machines: dict[str, Machine]
    said: Path
    address: str
    bridge: str
    key: PrivateKey
    members: list[Member] = field(default_factory=list)

    @property
    def allowed(self) -> str:
        """What its hosts take: what anybody brings to them, and what was signed with its key from elsewhere."""
        return f'unsigned = true\ntrusted_keys = ["{self.key.public}"]'

    def __iter__(self) -> Iterator[Machine]:
        return iter(self.machines.values())

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]

    def where(self, service: str) -> list[str]:
        return [machine.name for machine in self if f"shop.{service}" in machine.running()]

    def lead(self, name: str) -> None:
        """Have the store of this host lead the others."""

        def leads() -> bool:
            said = [asked(one.store, one.address, "maintenance/status", {}) for one in self]
            ids = [one["header"]["member_id"] for one in said]
            target = ids[list(self.machines).index(name)]
            for one, own, answer in zip(self, ids, said, strict=True):
                if answer.get("leader") == own != target:
                    body = {"targetID": target}
                    asked(one.store, one.address, "maintenance/transfer-leadership", body)
            return all(answer.get("leader") == target for answer in said)

        until(leads)

    def happened(self, kind: str) -> list[str]:
        """What agents said of such events."""
        logs = [(one.folder / "agent.log").read_text(encoding="utf-8").splitlines() for one in self]
        return [line for log in logs for line in log if line.split()[1:2] == [kind]]

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """What is done meanwhile neither makes a host lost nor moves what is single."""
        copy, lost = self.copy("till"), self.happened("lost")
        yield
        assert self.happened("lost") == lost
        assert self.copy("till") == copy, "it ran on"
        until(lambda: is_planned(self))

    @staticmethod
    def outlast_patience() -> None:
        """Wait for longer than it takes to be lost."""
        begun = now()
        until(lambda: now() > begun + PATIENCE + 1)

    def copy(self, service: str) -> Path:
        """Where the copy that runs writes that it does, once it wrote so again."""
        begun = now()
        until(lambda: any(to > begun for _, to, _ in self.stretches(service)))
        return max(self.said.glob(f"{service}.*"), key=lambda file: file.stat().st_mtime_ns)

    def stretches(self, service: str) -> list[tuple[float, float, str]]:
        """From when until when each copy said that it ran, by the machine's own clock, and on which host."""
        found = []
        for file in self.said.glob(f"{service}.*"):
            lines = [line.split() for line in file.read_text(encoding="ascii").splitlines()]
            whole = [line for line in lines if len(line) == 3]
            if whole:
                found.append((float(whole[0][2]), float(whole[-1][2]), whole[0][1]))
        return sorted(found)

    def doubles(self, service: str) -> list[tuple[tuple[float, float, str], tuple[float, float, str]]]:
        """Copies that ran at the same time."""
        found = self.stretches(service)
        return [(a, b) for number, a in enumerate(found) for b in found[number + 1 :] if b[0] < a[1]]


def is_planned(site: Site) -> bool:
    first = next(iter(site.machines))
    return site.where("till") == [first] and site.where("web") == [first]


@contextmanager
def running_machines(folder: Path, names: Sequence[str]) -> Iterator[Site]:
    """Hosts with engines and keys of their own, and no agents yet."""
    with ExitStack() as stack:
        option = "--insecure-registry=10.216.0.0/16"
        engines = [stack.enter_context(running_engine(option)) for _ in names]
        bridge, network = f"pl-site-{engines[0].number}", f"10.216.{engines[0].number}"
        run("ip", "link", "add", bridge, "type", "bridge")
        stack.callback(run, "ip", "link", "del", bridge, check=False)
        run("ip", "addr", "add", f"{network}.254/24", "dev", bridge)
        run("ip", "link", "set", bridge, "up")
        said = folder / "said"
        said.mkdir()
        said.chmod(0o777)
        site = Site(folder, {}, said, f"{network}.254", bridge, new_private(folder / "site.key"))
        for number, (name, engine) in enumerate(zip(names, engines, strict=True), 1):
            address = f"{network}.{number}"
            site.machines[name] = machine = connect(folder / name, name, engine, bridge, address)
            key = str(host_key(machine.folder / "state").public)
            site.members.append(Member(name=machine.name, key=key, address=machine.address))
            stack.callback(machine.end)
        yield site


def connect(folder: Path, name: str, engine: Engine, bridge: str, address: str) -> Machine:
    """A host of that name and address, on the bridge."""
    folder.mkdir()
    link, namespace = f"pl-s{engine.number}", engine.namespace
    run("ip", "link", "add", link, "type", "veth", "peer", "name", "site", "netns", namespace)
    run("ip", "link", "set", link, "master", bridge, "up")
    run("ip", "-n", namespace, "addr", "add", f"{address}/24", "dev", "site")
    run("ip", "-n", namespace, "link", "set", "site", "up")
    return Machine(name, folder, engine, address, link)


@contextmanager
def running_site(folder: Path, names: Sequence[str]) -> Iterator[Site]:
    """Hosts whose agents run, with a plan that is made and accepted by all."""
    with running_machines(folder, names) as site:
        for machine in site:
            machine.engine.load()
        write_shop(site, BOX)
        plan = folder / "plan.json"
        plan.write_text(
            to_json(plan_file(folder / "shop.place", folder / "inventory.yaml")), encoding="utf-8"
        )
        start(site, plan, site.allowed)
        yield site


def start(site: Site, plan: Path, allowed: str) -> None:
    """Have watchdogs and agents run on hosts that allow this, and hand them the plan."""
    for machine in site:
        machine.configure(list(site), site.said, allowed)
        machine.start_dog()
        machine.start_agent()
        until((machine.folder / "state" / "agent.sock").exists)
        machine.apply(plan)


def write_shop(site: Site, image: str) -> None:
    """What shall run, and what is known of the hosts: `shop.place` and `inventory.yaml`."""
    hosts = "".join(
        f"      - {{name: {one.name}, cpu: {{cores: 4}}, memory: 8GiB, disk: 99GiB, up: true, "
        f'member: {{key: "{one.key}", address: {one.address}}}}}\n'
        for one in site.members
    )
    inventory = f"format: placelang/inventory/1\nsites:\n  - name: gbg\n    hosts:\n{hosts}"
    (site.folder / "inventory.yaml").write_text(inventory, encoding="utf-8")
    script = RECORDS.strip().replace("\n", " ")
    text = APPS.format(first=site.members[0].name, said=site.said, script=script, image=image)
    (site.folder / "shop.place").write_text(text, encoding="utf-8")
