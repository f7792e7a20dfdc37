"""From a device to a plan: a host whose agent reports to a store, and whoever plans as that store changes, each a
process of its own. Only the devices are thought of."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import monotonic, sleep
from typing import IO, Any

from placelang.cli.inventory.serve import visits
from placelang.hearing import Parts
from placelang.inventory import load_inventory
from placelang.planning import plan_file
from placelang.store import Store, Trust, clock
from placelang_runtime.canonical import read_plan, to_json
from placelang_runtime.doors import door_at
from placelang_runtime.trust.envelope import file_name, sign_parts
from placelang_runtime.trust.host_key import host_key
from placelang_runtime.trust.keys import new_private, read_private
from tests.cli.console import ROOT, clean_environment

RECORDED = ROOT / "tests" / "probe" / "devices" / "camera.umockdev"
SECONDS = 60.0
HERE, THERE = "gbg-1", "gbg-2"
APP = f"""
device camera {{
  udev 'SUBSYSTEM=="video4linux", ATTRS{{idVendor}}=="046d"'
}}

app shop {{
  service counter {{
    image    "registry.example.com/counter:1"
    replicas 1 per site
    needs    device camera
    prefer   hosts where name == "{HERE}"
  }}
  service till {{
    image    "registry.example.com/till:1"
    replicas 1 per site
    prefer   hosts where name == "{HERE}"
  }}
}}
"""
INVENTORY = f"""
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {{name: {HERE}, up: true}}
      - {{name: {THERE}, up: true, devices: [{{kind: camera, name: door}}]}}
"""
CONFIG = f"""
host = "{HERE}"
site = "gbg"
driver = "memory"
state = "state"
memory = "memory/secrets"
registries = ["registry.example.com"]
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """A fleet whose host `HERE` has a camera, or not; `plans` are what differs, as `plan --watch` says it."""

    folder: Path
    bed: subprocess.Popen[str]
    plans: SimpleQueue[dict[str, Any]]

    def act(self, what: str) -> None:
        """Plug the camera in, or pull it out."""
        assert self.bed.stdin is not None
        assert self.bed.stdout is not None
        print(what, file=self.bed.stdin, flush=True)
        assert self.bed.stdout.readline() == "done\n"

    def until_known(self, *, there: bool) -> float:
        """Wait until the store knows that the camera is there, or not; after how many seconds it did."""
        begun = monotonic()
        with Store(f"sqlite:///{self.folder}/fleet.db") as store:
            while there != any(
                name.startswith(f"{HERE}/") for name in store.inventory(clock()).devices.names
            ):
                assert monotonic() < begun + SECONDS
                sleep(0.02)
        return monotonic() - begun

    def until_moved(self) -> tuple[list[tuple[str, str, str]], float]:
        """Wait for a plan that moves anything: what from where to where, and after how many seconds."""
        begun = monotonic()
        while True:
            found = self.plans.get(timeout=SECONDS)
            changes = found["difference"]["changes"]["list"]
            moves = [(one["replica"], one["source"], one["target"]) for one in changes]
            if moves:
                return moves, monotonic() - begun

    def sign(self, sequence: int) -> None:
        """Have the server hand out the plan as it is now."""
        plan, key = read_plan(self.folder / "plan.json"), read_private(self.folder / "fleet.key")
        for site, text in sign_parts(plan, [key], sequence=sequence, issued="2026-03-02T05:45Z"):
            (self.folder / "parts" / file_name(site)).write_bytes(text)

    def until_holds(self, sequence: int) -> None:
        """Wait until the agent has reported that this part holds."""
        end = monotonic() + SECONDS
        with Store(f"sqlite:///{self.folder}/fleet.db") as store:
            while store.enrolled()[0].holds != sequence:
                assert monotonic() < end
                sleep(0.05)


def start(folder: Path, *command: str, **streams: Any) -> subprocess.Popen[str]:
    surroundings = clean_environment() | streams.pop("env", {})
    return subprocess.Popen(
        [sys.executable, "-m", *command], cwd=folder, env=surroundings, text=True, **streams
    )


@contextmanager
def watched(folder: Path, port: int) -> Iterator[Watched]:
    """A fleet that is known, planned and watched, its camera plugged in."""
    key = new_private(folder / "fleet.key").public
    listening = f'trusted_keys = ["{key}"]\nreport = "http://127.0.0.1:{port}"\nreport_every = 5\n'
    (folder / "host.toml").write_text(CONFIG + listening, encoding="utf-8")
    (folder / "shop.place").write_text(APP, encoding="utf-8")
    (folder / "fleet.yaml").write_text(INVENTORY, encoding="utf-8")
    (folder / "parts").mkdir()
    plan = plan_file(folder / "shop.place", folder / "fleet.yaml")
    (folder / "plan.json").write_text(to_json(plan), encoding="utf-8")
    url = f"sqlite:///{folder}/fleet.db"
    with Store(url, create=True) as store:
        known, _ = load_inventory(folder / "fleet.yaml")
        assert known is not None
        store.add(known, trust=Trust.OPERATOR, now=clock())
        store.enroll(HERE, host_key(folder / "state").public)
    plans: SimpleQueue[dict[str, Any]] = SimpleQueue()
    with ExitStack() as stack:
        door = door_at("127.0.0.1", port, visits(url, Parts(folder / "parts")))
        door.open()
        stack.callback(door.close)
        agent = (sys.executable, "-m", "placelang_runtime", "run", "--config", "host.toml")
        bed = start(
            folder,
            *("tests.agent.bed", str(RECORDED), *agent),
            env={"LD_PRELOAD": "libumockdev-preload.so.0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        stack.enter_context(bed)
        made = Watched(folder, bed, plans)
        made.sign(1)
        made.until_holds(1)
        made.act("plug")
        made.until_known(there=True)
        command = ("placelang", "plan", "shop.place", "-i", url, "--watch", "--json", "-o", "plan.json")
        planning = stack.enter_context(ended(start(folder, *command, stdout=subprocess.PIPE)))
        assert planning.stdout is not None
        reading = Thread(target=_read, args=(planning.stdout, plans), daemon=True)
        reading.start()
        plans.get(timeout=SECONDS)
        yield made


def _read(said: IO[str], plans: SimpleQueue[dict[str, Any]]) -> None:
    for line in said:
        plans.put(json.loads(line))


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    with process:
        try:
            yield process
        finally:
            process.terminate()
