"""An arbiter's store is told who may speak with it, by a part that somebody trusted signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placelang.planning import plan_file
from placelang_runtime.trust.envelope import sign_parts
from placelang_runtime.trust.keys import PrivateKey, new_private
from tests.cli.console import Console


@pytest.fixture
def fleet(console: Console) -> PrivateKey:
    """The key by which the part of a site of two hosts and an arbiter is signed."""
    keys = {name: new_private(console.folder / f"{name}.key") for name in ("fleet", "one", "two", "arbiter")}
    public = {name: str(key.public) for name, key in keys.items()}
    inventory = f"""
format: placelang/inventory/1
sites:
  - name: gbg
    arbiter: {{key: "{public["arbiter"]}", address: 10.0.0.9}}
    hosts:
      - {{name: gbg-1, member: {{key: "{public["one"]}", address: 10.0.0.1}}}}
      - {{name: gbg-2, member: {{key: "{public["two"]}", address: 10.0.0.2}}}}
"""
    console.write("inventory.yaml", inventory)
    console.write("shop.place", 'app shop {\n  service till {\n    image "till:1"\n  }\n}\n')
    plan = plan_file(console.folder / "shop.place", console.folder / "inventory.yaml")
    ((_, envelope),) = sign_parts(plan, [keys["fleet"]], sequence=1, issued="2026-03-02T05:45Z")
    (console.folder / "gbg.part.json").write_bytes(envelope)
    return keys["fleet"]


def written(folder: Path) -> str:
    return str(json.loads((folder / "store" / "etcd.json").read_text(encoding="utf-8"))["initial-cluster"])


def test_an_arbiter_s_store_knows_all_voters(console: Console, fleet: PrivateKey) -> None:
    trusted = ("--trusted", str(fleet.public), "--into", "store")
    console.run("agent", "arbiter", "gbg.part.json", "--key", "arbiter.key", *trusted)
    assert [f"10.0.0.{n}:4672" in written(console.folder) for n in (1, 2, 9)] == [True] * 3


@pytest.mark.parametrize(
    ("key", "by"), [("one", "fleet"), ("arbiter", "two")], ids=["a host", "unknown signer"]
)
def test_nobody_else_is_made_an_arbiter(console: Console, fleet: PrivateKey, key: str, by: str) -> None:
    from placelang_runtime.trust.keys import read_private

    trusted = ("--trusted", str(read_private(console.folder / f"{by}.key").public), "--into", "store")
    console.run("agent", "arbiter", "gbg.part.json", "--key", f"{key}.key", *trusted, code=1)
    assert not (console.folder / "store").exists()
    assert fleet.public
