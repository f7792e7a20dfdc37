"""Node policies of Open Horizon: what a node says of itself, in the forms of `hzn policy add` and `hzn policy list`.

https://open-horizon.github.io/docs/anax/docs/node_policy/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from placelang.codes import Code
from placelang.importers.amounts import mebibytes, number
from placelang.importers.draft import ARCHITECTURES, Host
from placelang.importers.record import Record
from placelang.inventory.values import Wrong

SOURCE: Final = "open horizon"


def hosts(document: Record) -> Iterator[Host | Record]:
    """The node of a policy. A policy does not name its node: it has the name of the file."""
    if "service" in document.data or not ("properties" in document.data or "deployment" in document.data):
        what = "a policy of a deployment" if "service" in document.data else "no policy of a node"
        document.fault(Wrong(Code.MISSING_KEY, f"this is {what}, and policies of nodes are imported"))
        yield document
        return
    name = PurePath(document.text.source.path).name
    for ending in (".json", ".policy"):
        name = name.removesuffix(ending)
    host = Host(name, document)
    for around in ((), ("deployment",), ("management",)):
        for given in document.records(*around, "properties"):
            _property(host, given)
        if document.get(*around, "constraints") and around != ("management",):
            message = "what a node demands of its services has no counterpart here: write it as a policy"
            document.fault(Wrong(Code.WRONG_TYPE, message), *around, "constraints")
    yield host


def _property(host: Host, given: Record) -> None:
    name = given.string("name")
    given.get("type")
    here = Host(host.name, given, facts=host.facts, labels=host.labels)
    match name:
        case None:
            given.fault(Wrong(Code.MISSING_KEY, "this property has no name"))
        case "openhorizon.cpu":
            here.fact("cpu.cores", given.read(number, "value"))
        case "openhorizon.memory":
            here.amount("memory", given.read(mebibytes, "value"))
        case "openhorizon.arch" if given.data.get("value") in ARCHITECTURES:
            here.architecture("value")
        case _:
            here.label(name, "value")
