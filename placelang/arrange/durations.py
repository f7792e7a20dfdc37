"""How long steps may take: estimates, from what is known and from round numbers for what is not.

| step | seconds |
|---|---|
| fetch | over the site's uplink, which all that it fetches shares |
| pass on | 5, for what the site has, from one host to another |
| start | 5, and the longest that its health check takes to decide: `every` times `retries` |
| switch | 1 |
| stop | 10 |
| clean | 5 |

An uplink of which nothing is known carries 20 Mbps; an image is 300 MB and a model 100 MB where nobody knows more.
"""

from __future__ import annotations

import math

from placelang.columns import Numbers
from placelang.lower import Lowered
from placelang_runtime.part import Health

IMAGE_BYTES = 300_000_000
MODEL_BYTES = 100_000_000
UPLINK = 20_000_000
"""Bits a second of an uplink of which that is not known."""
PASS, START, SWITCH, STOP, CLEAN = 5, 5, 1, 10, 5
_LONGEST = 86_400 * 365
"""Whatever takes longer takes a year."""


def fetch_seconds(lowered: Lowered, site: int, size: int) -> int:
    """To fetch `size` bytes in all to a site."""
    uplink = lowered.world.sites.facts["uplink.bandwidth"]
    known = isinstance(uplink, Numbers) and bool(uplink.known[site]) and uplink.low[site] > 0
    rate = float(uplink.low[site]) if known and isinstance(uplink, Numbers) else UPLINK
    return min(_LONGEST, max(1, math.ceil(8 * size / rate)))


def start_seconds(health: Health | None) -> int:
    """To start a replica, until it is healthy."""
    if health is None:
        return START
    return min(_LONGEST, START + math.ceil(health.every_ms * max(1, health.retries) / 1000))
