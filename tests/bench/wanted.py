"""What is to be found out for a fleet in which every site lacks facts: `python tests/bench/wanted.py [SITES KINDS]`.

Prints seconds of a processor for the plan and for the list, and how many groups it would place.
"""

from __future__ import annotations

import json
import sys
from time import process_time

SITES, KINDS = 3000, 3
PLACE = """
device camera { udev 'SUBSYSTEM=="video4linux"' }
label host.role: string
app shop {
  service eye {
    image "eye"
    replicas 1 per site
    needs gpu share 4GiB, memory 2GiB, device camera
    hosts where role == "vision"
  }
  service till { image "till"; replicas 2 per site; at most 1 per rack; needs memory 2GiB }
}
"""


def fleet(sites: int, kinds: int) -> str:
    """Sites of two hosts, of so many kinds: what GPUs the first has is half known or unknown, the rack of the second
    unknown."""
    listed = []
    for number in range(sites):
        kind = number % kinds
        first = {
            "name": f"s{number:05}-a",
            "cpu": {"cores": 4},
            "memory": f"{8 + kind}GiB",
            "rack": "left",
            "labels": {"role": "vision"},
            "devices": [{"kind": "camera"}],
        }
        if kind % 2:
            first["gpus"] = [{"vendor": "nvidia"}]
        second = {"name": f"s{number:05}-b", "cpu": {"cores": 4}, "memory": "8GiB", "gpus": [], "devices": []}
        listed.append({"name": f"s{number:05}", "hosts": [first, second]})
    return json.dumps(
        {"format": "placelang/inventory/1", "observed": "2026-03-02T05:45:00Z", "sites": listed}
    )


def main() -> None:
    from placelang.arrange.wanted import find_wanted
    from placelang.planning import work_out
    from tests.plan.fleets import inventory, program

    sites, kinds = (int(sys.argv[1]), int(sys.argv[2])) if sys.argv[2:] else (SITES, KINDS)
    known = inventory(fleet(sites, kinds))
    checked = program(PLACE, known)
    started = process_time()
    worked = work_out(checked, known)
    planned = process_time()
    advice = find_wanted(worked.lowered, worked.solution, 0)
    listed = process_time()
    groups = sum(len(wanted.groups) for wanted in advice.lists)
    print(
        f"{sites:,} sites of {kinds} kinds: planned in {planned - started:.1f} s, listed in {listed - planned:.1f} s"
    )
    print(
        f"  {groups:,} groups would fit, {len(advice.others):,} would not, {len(advice.untried):,} were not tried"
    )


if __name__ == "__main__":
    main()
