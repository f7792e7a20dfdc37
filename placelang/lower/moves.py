"""What it costs to take a replica from where it runs: what a new host has to fetch and start, and what is left behind.

Of sizes nothing is known before anything is fetched, so that they are counted in pieces: one for each container, one
for each model that is served, and ten for a kept volume, whose data stay on the old host.
"""

from __future__ import annotations

from placelang.lower.needs import containers_of
from placelang.program import Service

KEPT = 10
"""For a kept volume, or several."""


def move_cost(service: Service) -> int:
    """What it costs to move one replica; 1 for one container without models and kept volumes."""
    containers = containers_of(service)
    kept = any(volume.keep for container in containers for volume in container.volumes)
    return len(containers) + len(service.serves) + KEPT * kept
