"""Five jobs for two racks, of which one has a small fuse.

python -m rack_power
"""

from placelang_scheduler import Group, Host, Placed, Problem, Workload, solve, verify
from rack_power import RackPower

HOSTS = tuple(Host(f"{rack}-{n}", {"cpu": 8}, {"rack": rack}) for rack in ("hall", "attic") for n in (1, 2))
WORKLOAD = Workload("train", 0, {"cpu": 2}, (0, 1, 2, 3), minimum=1, maximum=16)
FUSES = RackPower("fuses", draw={0: 300}, fuses={"hall": 1600, "attic": 700})


def main() -> None:
    """Solve, and say what stands where."""
    problem = Problem(HOSTS, (Group("train"),), (WORKLOAD,), (FUSES,), (Placed(),))
    solution = solve(problem)
    for host, count in solution.placements[0].items():
        print(f"{HOSTS[host].id}: {count} × 300 W")
    print("every fuse holds" if verify(problem, solution) == () else "a fuse blows")


if __name__ == "__main__":
    main()
