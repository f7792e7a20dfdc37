"""Small random policies over the fleets of `random_fleets`, the same for the same seed."""

from __future__ import annotations

from random import Random

SCOPES = (
    'hosts where role == "gateway"',
    "hosts where memory >= 4GiB",
    'sites where kind == "store"',
    'sites where region-name == "north"',
    'services where app == "a0"',
    "services where priority > 0",
    "",
)
KEYS = ("host", "zone", "rack", "site", "site.region-name", "host.pool")


def random_policies(random: Random) -> str:
    """One or two policies of up to four clauses, each in some scope."""
    return "\n".join(
        f"policy p{number} {{\n" + "\n".join(_scoped(random) for _ in range(random.randint(1, 4))) + "\n}"
        for number in range(random.randint(1, 2))
    )


def _scoped(random: Random) -> str:
    scope = random.choice(SCOPES)
    clause = _clause(random, places=not scope.startswith("services"))
    return f"  {scope} {{ {clause} }}" if scope else f"  {clause}"


def _clause(random: Random, *, places: bool) -> str:
    soft = "prefer " if random.random() < 0.25 else ""
    key = random.choice(KEYS)
    choices = [
        f"{soft}hosts where memory >= 4GiB",
        f'{soft}hosts where role != "gateway"',
        f'{soft}sites where kind == "store"',
        f"{soft}spread over {key} skew {random.randint(1, 2)}",
        f"{soft}at most {random.randint(1, 2)} per {key}",
        f"prefer at least {random.randint(1, 2)} different {key}",
        f"{soft}same {key} as a0.s0",
        f"{soft}different {key} than a0.s0",
        'accept services where app == "a0" or priority >= 50',
        "accept services where image ~ 's[01]:'",
        "change only daily between 01:00 and 05:00",
    ]
    if places:
        choices += [
            f"at most {random.randint(0, 3)} replicas",
            f"{soft}reserve memory {random.choice((10, 40, 80))}%",
            f"{soft}reserve cpu {random.choice((1, 2))}",
            f"{soft}reserve slots 1",
        ]
    return random.choice(choices)
