"""Random kills of agents, watchdogs, stores, engines and links of a site, on real engines: as root,

    python tests/bench/site_kills.py [KILLS] [SEED]

prints each kill, and in the end how many there were, how long it took until the planned state was back, and every pair
of copies of a `single` service that ran at once, by what the copies themselves wrote down. A watchdog is started again
half a second after it was killed, as its unit does; everything else stays as it is for up to 12 seconds. Exit code 1
for a double, or a site that does not come back.
"""

from __future__ import annotations

import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in (".", "grammar", "scheduler", "runtime")]

from tests.site.machines import Machine, Site, new_names, running_site, until

NAMES = new_names(3)
ROUND = 5
"""After so many kills everything is healed, and the planned state waited for."""
LONGEST = 12.0
BACK = 120.0
Heal = Callable[[], None]


def kill_agent(machine: Machine, _other: Machine) -> Heal:
    machine.kill_agent()
    return machine.start_agent


def freeze_agent(machine: Machine, _other: Machine) -> Heal:
    machine.send(signal.SIGSTOP)
    return lambda: machine.send(signal.SIGCONT)


def kill_dog(machine: Machine, _other: Machine) -> Heal:
    machine.kill_dog()
    sleep(0.5)
    machine.start_dog()
    return lambda: None


def kill_store(machine: Machine, _other: Machine) -> Heal:
    machine.stop_store()
    return lambda: None


def freeze_engine(machine: Machine, _other: Machine) -> Heal:
    process = machine.engine.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    return lambda: process.send_signal(signal.SIGCONT)


def cut_link(machine: Machine, _other: Machine) -> Heal:
    machine.cut()
    return lambda: machine.cut(down=False)


def cut_between(machine: Machine, other: Machine) -> Heal:
    machine.deaf(other)
    other.deaf(machine)

    def heal() -> None:
        machine.deaf(other, to=False)
        other.deaf(machine, to=False)

    return heal


def deafen(machine: Machine, other: Machine) -> Heal:
    machine.deaf(other)
    return lambda: machine.deaf(other, to=False)


KILLS = (kill_agent, freeze_agent, kill_dog, kill_store, freeze_engine, cut_link, cut_between, deafen)
ONCE = frozenset({"kill_agent", "freeze_agent", "kill_dog"})
"""What is done to one agent or watchdog at a time: with both gone for good, nobody is left to watch."""


def is_planned(site: Site) -> bool:
    return site.where("till") == [NAMES[0]] and site.where("web") == [NAMES[0]]


def run(site: Site, kills: int, seed: int) -> int:
    rng = random.Random(seed)
    counted: Counter[str] = Counter()
    backs = []
    begun = monotonic()
    for number in range(0, kills, ROUND):
        heals: dict[tuple[str, str], Heal] = {}
        for _ in range(min(ROUND, kills - number)):
            kill = rng.choice(KILLS)
            machine, other = (site[name] for name in rng.sample(NAMES, 2))
            while (machine.name, _kind(kill)) in heals:
                kill = rng.choice(KILLS)
                machine, other = (site[name] for name in rng.sample(NAMES, 2))
            print(f"{monotonic() - begun:7.1f}  {kill.__name__} {machine.name} {other.name}", flush=True)
            counted[kill.__name__] += 1
            heals[machine.name, _kind(kill)] = kill(machine, other)
            sleep(rng.uniform(0.1, LONGEST))
            if heals and rng.random() < 0.5:
                heals.pop(rng.choice(sorted(heals)))()
        for heal in heals.values():
            heal()
        try:
            backs.append(until(lambda: is_planned(site), BACK))
        except AssertionError:
            print(f"not back: till {site.where('till')} web {site.where('web')}")
            return 1
        doubles = site.doubles("till")
        print(f"{monotonic() - begun:7.1f}  back after {backs[-1]:.1f} s, {len(doubles)} doubles", flush=True)
        if doubles:
            print(*doubles, sep="\n")
            return 1
    backs.sort()
    print(f"{sum(counted.values())} kills in {monotonic() - begun:.0f} s: {dict(sorted(counted.items()))}")
    print(f"{len(site.stretches('till'))} copies of a single service, no two at once")
    print(f"planned state after healing: median {backs[len(backs) // 2]:.1f} s, longest {backs[-1]:.1f} s")
    return 0


def _kind(kill: Callable[[Machine, Machine], Heal]) -> str:
    return "watch" if kill.__name__ in ONCE else kill.__name__


def main() -> int:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    folder = Path(tempfile.mkdtemp(prefix="pl-site-", dir="/tmp"))
    try:
        with running_site(folder, NAMES) as site:
            until(lambda: is_planned(site))
            code = run(site, kills, seed)
    finally:
        if "code" in locals() and code == 0:
            shutil.rmtree(folder)
        else:
            print(f"kept: {folder}")
    return code


if __name__ == "__main__":
    sys.exit(main())
