"""The store: facts of a fleet in SQLite, with where each came from and since when.

`Store` takes what inventories say and gives the fleet as one `Inventory`; `placelang.store.decide` says which of
several sources is believed. A store is named by a URL, `sqlite:///placelang.db`, wherever an inventory is.
"""

from placelang.store.decide import Trust
from placelang.store.error import StoreError
from placelang.store.store import Added, Store, clock, read_store

__all__ = ["Added", "Store", "StoreError", "Trust", "clock", "read_store"]
