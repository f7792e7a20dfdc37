"""What the shell offers while a command line is typed: sites and hosts of the inventory, services of the file.

Completion is a courtesy: where the file or the inventory cannot be read it offers nothing, and says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import typer

from placelang import config
from placelang.address import is_store


def sites(context: typer.Context, incomplete: str) -> list[str]:
    """The inventory's sites that begin so."""
    return _beginning(incomplete, _inventory_names(context, "sites"))


def hosts(context: typer.Context, incomplete: str) -> list[str]:
    """The inventory's hosts that begin so; those of one site, if it is given."""
    return _beginning(incomplete, _inventory_names(context, "hosts"))


def services(context: typer.Context, incomplete: str) -> list[str]:
    """The services of the placement file that begin so, as APP.SERVICE."""
    from placelang import syntax
    from placelang.load import load

    file = context.params.get("file")
    if file is None:
        return []
    modules, _ = load([file])
    names = (
        f"{app.name.text}.{service.name.text}"
        for module in modules.modules
        for app in module.tree.statements
        if isinstance(app, syntax.App)
        for service in app.clauses
        if isinstance(service, syntax.Service)
    )
    return _beginning(incomplete, names)


def _inventory_names(context: typer.Context, table: str) -> Iterable[str]:
    from placelang.inventory import Inventory, load_inventory

    said = context.params.get("inventory")
    environment, _ = config.from_environment(os.environ)
    path = config.find(Path.cwd())
    file = config.from_file(path)[0] if path else config.Layer("nobody")
    flag = config.Layer("flag", inventory=None if said is None else str(said))
    given = config.resolve((flag, environment, file))
    if given.inventory and is_store(given.inventory):
        from placelang.store import read_store

        inventory: Inventory | None = read_store(given.inventory, None)[0]
    else:
        inventory = load_inventory(Path(given.inventory))[0] if given.inventory else None
    if inventory is None:
        return ()
    if table == "sites":
        return inventory.sites.names
    site = context.params.get("site")
    rows = zip(inventory.hosts.names, inventory.hosts.parents, strict=True)
    return (name for name, parent in rows if site in (None, inventory.sites.names[parent]))


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name.startswith(incomplete) and name.isprintable()})
