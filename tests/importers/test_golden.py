"""What is said of other tools' files, and what comes of them, as a review reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placelang.diagnostics import Source
from placelang.importers import import_hosts
from placelang.inventory import read_inventory
from placelang.render import render
from tests.golden import Case, cases, verify


def imported(files: dict[str, str]) -> str:
    """The files are named by the tool and their own name: `kubernetes/nodes.json`."""
    kind = next(iter(files)).partition("/")[0]
    sources = [Source(name.partition("/")[2], text) for name, text in files.items()]
    found = import_hosts(kind, sources, site="gbg")
    document = json.dumps(found.document, indent=1)
    inventory, faults = read_inventory(Source("inventory.json", document))
    assert inventory is not None, faults
    rows = [
        f"{found.hosts} hosts, {found.partial} in part; {found.bad} left out",
        *(f"{one.file}:{one.line}: {one.where} not understood, {one.count}" for one in found.not_understood),
    ]
    shown = render(found.diagnostics, {source.path: source for source in sources}, color=False)
    sites = json.dumps(found.document["sites"], ensure_ascii=True)
    return "\n".join([shown.rstrip(), *rows, *_hosts(sites)]).lstrip("\n") + "\n"


def _hosts(sites: str) -> list[str]:
    return [f"{site['name']}: {json.dumps(host)}" for site in json.loads(sites) for host in site["hosts"]]


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("cases")), ids=str)
def test_imported_as_recorded(case: Case, request: pytest.FixtureRequest) -> None:
    verify(case, imported, request)
