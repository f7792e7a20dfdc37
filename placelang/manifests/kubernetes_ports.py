"""Ports of a container of Kubernetes, which may have names."""

from __future__ import annotations

import re

from placelang.importers.amounts import whole
from placelang.importers.record import Record


def port_of(one: Record, port: object) -> int:
    """The number of a port of the container; 0 where there is none."""
    if re.fullmatch(r"[0-9]{1,5}", str(port)):
        return int(str(port))
    named = (found for found in one.records("ports") if found.get("name") == port)
    return next((found.read(whole, "containerPort") or 0 for found in named), 0)
