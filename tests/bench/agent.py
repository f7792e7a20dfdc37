"""What an agent takes of a host that it has nothing to do on: resident memory, and processor time while it is idle.

python tests/bench/agent.py [SERVICES] [SECONDS] [DRIVER...]

The agent is a process of its own, as `placelang agent run` is. Under the driver `process` the services are processes
that sleep, and the agent looks at each of them; `memory` leaves the agent alone. `docker` has an engine of its own, as
root; `site` is a site of three hosts on such engines, with etcd, that runs two services, one of them by lease, and
tells of the agent that holds it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic, sleep
from typing import Final

ROOT = Path(__file__).parents[2]
FOLDERS = [str(ROOT / folder) for folder in (".", "grammar", "scheduler", "runtime")]
sys.path[:0] = FOLDERS

from placelang.planning import plan_file
from placelang_runtime.agent.ask import agent_at, hand_over
from placelang_runtime.apply.requests import Request
from placelang_runtime.canonical import to_json
from tests.engines import BOX, running_engine
from tests.site.machines import is_planned, new_names, running_site, until

SERVICES: Final = 50
IDLE: Final = 60.0
PATIENCE: Final = 300.0
TICKS: Final = os.sysconf("SC_CLK_TCK")
INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, cpu: {cores: 64}, memory: 64GiB, disk: 999GiB, up: true}
"""
SERVICE = """
  service s%d {
    %s
    command  "/bin/sleep", "86400"
    replicas 1 per site
    needs    memory 16MiB
  }
"""
CONFIG = """
host = "gbg-1"
site = "gbg"
unsigned = true
driver = "%s"
state = "state"
memory = "memory/secrets"
%s
"""


def processor_seconds(pid: int) -> float:
    """What a process, without its children, has had of processors."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def held(pid: int, file: str, what: str) -> float:
    """MiB of a process, as the kernel tells it."""
    lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


def watch(pid: int, told: str, seconds: float) -> None:
    """Print what an agent takes while it is idle."""
    sleep(5.0)
    before = processor_seconds(pid)
    sleep(seconds)
    used = processor_seconds(pid) - before
    print(
        f"{told}; {held(pid, 'smaps_rollup', 'Rss'):.1f} MiB resident, at most "
        f"{held(pid, 'status', 'VmHWM'):.1f}; without what is shared {held(pid, 'smaps_rollup', 'Anonymous'):.1f}; "
        f"{used:.2f} s of a processor in {seconds:.0f} s idle: {100 * used / seconds:.2f} % of a core",
        flush=True,
    )


def measure_site(seconds: float, folder: Path) -> None:
    with running_site(folder, new_names(3)) as site:
        until(lambda: is_planned(site))
        agent = next(iter(site)).agent
        assert agent is not None
        watch(agent.pid, "site: of three hosts, the one that runs both services", seconds)


def carry_out(state: Path, plan: bytes) -> str:
    """Have the agent run a plan, as soon as there is one; what came of it."""
    end = monotonic() + PATIENCE
    while (agent := agent_at(state)) is None:
        if monotonic() > end:
            sys.exit("the agent does not begin")
        sleep(0.1)
    return hand_over(agent, Request(command="apply", plan=plan, unsigned=True), lambda _event: None).outcome


def measure(driver: str, services: int, seconds: float, folder: Path, engine: str | None = None) -> None:
    image = "" if engine is None else f'image "{BOX}"'
    clauses = "".join(SERVICE % (number, image) for number in range(services))
    (folder / "shop.place").write_text(f"app shop {{{clauses}}}", encoding="utf-8")
    (folder / "inventory.yaml").write_text(INVENTORY, encoding="utf-8")
    where = "" if engine is None else f'engine = "{engine}"'
    (folder / "host.toml").write_text(CONFIG % (driver, where), encoding="utf-8")
    plan = to_json(plan_file(folder / "shop.place", folder / "inventory.yaml")).encode()
    command = (sys.executable, "-m", "placelang_runtime", "run", "--config", str(folder / "host.toml"))
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(FOLDERS)}
    state = folder / "state"
    with subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL) as agent:
        try:
            outcome = carry_out(state, plan)
            watch(agent.pid, f"{driver}: {services} services, {outcome}", seconds)
            emptied = agent_at(state)
            if emptied is not None:
                hand_over(emptied, Request(command="remove", of="shop"), lambda _event: None)
        finally:
            agent.send_signal(signal.SIGTERM)


def main() -> None:
    services = int(sys.argv[1]) if len(sys.argv) > 1 else SERVICES
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else IDLE
    for driver in sys.argv[3:] or ("memory", "process"):
        with tempfile.TemporaryDirectory() as name:
            if driver == "site":
                measure_site(seconds, Path(name))
            elif driver == "docker":
                with running_engine() as engine:
                    engine.load()
                    measure(driver, services, seconds, Path(name), engine.address)
            else:
                measure(driver, services, seconds, Path(name))


if __name__ == "__main__":
    main()
