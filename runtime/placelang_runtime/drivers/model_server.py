"""The model server, as what runs for a service that serves models and names nothing that would."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import placelang_runtime
from placelang_runtime.containers import ContainerSpec

CODE: Final = Path(placelang_runtime.__file__).parents[1]
"""Where this package is imported from."""
STORE_AT: Final = "/models"
"""Where a container finds the folder of all models of its host."""
STORE_ABOVE: Final = 3
"""So many folders above a manifest's."""
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - a service publishes its ports at all addresses of its host


def arguments(spec: ContainerSpec, folder: str) -> list[str]:
    """What the server is told: its manifest's folder, its port, and its threads by the limit of its processor time."""
    threads = [] if spec.cpu is None else ["--threads", str(max(1, spec.cpu // 1000))]
    listen = ["--host", EVERYWHERE, "--port", str(spec.ports[0].container)]
    return ["--models", folder, *listen, *threads]
