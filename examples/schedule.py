"""The scheduler by itself: a problem made in Python, solved, checked and printed.

A shop has two small hosts and one with a GPU. Cameras are watched by a detector that wants the GPU host and has to run
twice, on different hosts; a recorder has to stand beside one of the detectors; a report runs where there is room, and
a night job of low priority asks for more than is left.

    python examples/schedule.py
"""

from placelang_scheduler import (
    AtMost,
    Balance,
    DeviceClass,
    DeviceDemand,
    Group,
    Host,
    Hosts,
    Moves,
    Placed,
    Preferences,
    Problem,
    Same,
    Workload,
    repairs,
    solve,
    verify,
)

GIB = 2**30

HOSTS = (
    Host("till-1", {"cpu": 4000, "memory": 8 * GIB}, {"host": "till-1"}),
    Host("till-2", {"cpu": 4000, "memory": 8 * GIB}, {"host": "till-2"}),
    Host("vision", {"cpu": 8000, "memory": 16 * GIB}, {"host": "vision"}, (DeviceClass("t4", "gpu", 1),)),
)
EVERYWHERE = (0, 1, 2)

# A group is placed whole or left out: loss prevention is one, and matters most.
GROUPS = (Group("loss-prevention", priority=100), Group("report"), Group("night-job"))

WORKLOADS = (
    Workload("detector", 0, {"cpu": 1500, "memory": 2 * GIB}, EVERYWHERE, minimum=2, maximum=2),
    Workload("recorder", 0, {"memory": GIB}, EVERYWHERE, current={1: 1}),
    Workload("trainer", 0, {"cpu": 2000, "memory": 4 * GIB}, EVERYWHERE, devices=(DeviceDemand("gpu", 1),)),
    Workload("report", 1, {"cpu": 1000, "memory": 3 * GIB}, EVERYWHERE, minimum=1, maximum=3),
    Workload("night-job", 2, {"memory": 14 * GIB}, EVERYWHERE),
)

# A weight makes a constraint soft. The ids are ours: explanations give them back.
CONSTRAINTS = (
    AtMost("detectors apart", (0,), "host", 1),
    Same("recorder beside a detector", (1,), (0,), "host"),
    Hosts("detector likes the gpu host", 0, frozenset({2}), weight=5),
)

# Most important first.
OBJECTIVES = (Placed(), Preferences(), Moves(), Balance("memory"))


def main() -> None:
    """Solve the problem, check the solution, and print it."""
    problem = Problem(HOSTS, GROUPS, WORKLOADS, CONSTRAINTS, OBJECTIVES)
    solution = solve(problem, seed=1, budget=10)
    if verify(problem, solution):
        raise SystemExit("the solution does not hold")

    for workload, placement in zip(WORKLOADS, solution.placements, strict=True):
        where = ", ".join(f"{count} on {HOSTS[host].id}" for host, count in placement.items())
        print(f"{workload.id}: {where or 'nowhere'}")

    for left in solution.left_out:
        print(f"{GROUPS[left.group].id} is left out ({left.proof}):")
        for reason in left.reasons:
            who = "" if reason.group is None else f" by {GROUPS[reason.group].id}"
            amounts = (
                "" if reason.need is None else f": {reason.resource} {reason.need}, there is {reason.have}"
            )
            print(f"  {reason.kind}{who}{amounts}")
        for repair in repairs(problem, solution, left.group):
            for change in repair.changes:
                host = "" if change.host is None else f" like {HOSTS[change.host].id}"
                amount = "" if change.resource is None else f": {change.resource} {change.amount}"
                print(f"  it would fit with {change.remedy}{host}{amount}")

    for level in solution.levels:
        print(f"{level.name}: {level.value}" + ("" if level.proved else f", at least {level.bound}"))


if __name__ == "__main__":
    main()
