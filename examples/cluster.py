"""A fleet of unlike sites, searched on a cluster by Dask: here one of two processes on this machine.

Any `concurrent.futures.Executor` will do, and the plan is the same with and without it. It pays where many sites are
hard and unlike; those that are alike are searched once in any case.

    pip install distributed
    python examples/cluster.py
"""

from random import Random

from distributed import Client, LocalCluster

from placelang_scheduler import Balance, Group, Host, Moves, Placed, Problem, Workload, solve

SITES, HOSTS, SERVICES = 60, 4, 9
OBJECTIVES = (Placed(), Moves(), Balance("memory"))


def fleet() -> Problem:
    """Sites with hosts and services of their own sizes."""
    random = Random(7)  # noqa: S311 - makes an instance, not a secret
    hosts, groups, workloads = [], [], []
    for site in range(SITES):
        first = len(hosts)
        hosts += [Host(f"{site}-{n}", {"memory": random.choice((16, 24, 32))}) for n in range(HOSTS)]
        here = tuple(range(first, first + HOSTS))
        for service in range(SERVICES):
            demand = {"memory": random.choice((3, 5, 7, 9))}
            workloads.append(Workload(f"{site}/{service}", len(groups), demand, here))
            groups.append(Group(f"{site}/{service}"))
    return Problem(tuple(hosts), tuple(groups), tuple(workloads), (), OBJECTIVES)


def main() -> None:
    """Solve on the cluster, then here."""
    problem = fleet()
    # For a cluster that is there already: Client("tcp://scheduler:8786").
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        there = solve(problem, executor=client.get_executor())
        workers = len(client.scheduler_info()["workers"])
    print(f"{sum(there.admitted)} of {len(problem.groups)} services placed by {workers} workers")
    for level in there.levels:
        print(f"{level.name}: {level.value}" + ("" if level.proved else f", at least {level.bound}"))
    print("the same as here" if there == solve(problem) else "not the same as here")


if __name__ == "__main__":
    main()
