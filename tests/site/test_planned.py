"""From what the inventory knows of hosts to who watches over their site."""

from __future__ import annotations

from pathlib import Path

import pytest

from placelang.planning import plan_file
from placelang_runtime.part import Member, SitePart

KEY = "ed25519:RCmTBlAEqh5MSPTdAVgZTAI0m8xmTNluQA6iaZGKjVE="
APP = 'app shop {\n  service till {\n    image "till:1"\n    single\n  }\n}\n'


def known(number: int) -> str:
    return f'{{name: gbg-{number}, member: {{key: "{KEY}", address: 10.0.0.{number}}}}}'


def planned(folder: Path, *hosts: str, site: str = "") -> SitePart:
    lines = ["format: placelang/inventory/1", "sites:", "  - name: gbg", *([f"    {site}"] if site else [])]
    lines += ["    hosts:", *(f"      - {host}" for host in hosts)]
    (folder / "inventory.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "shop.place").write_text(APP, encoding="utf-8")
    (part,) = plan_file(folder / "shop.place", folder / "inventory.yaml").parts
    return part


def test_hosts_that_are_known_by_key_and_address_are_members_and_the_arbiter_is_the_last(
    tmp_path: Path,
) -> None:
    arbiter = f'arbiter: {{key: "{KEY}", address: 10.0.0.9}}'
    assert planned(tmp_path, known(1), known(2), site=arbiter).members == (
        Member(name="gbg-1", key=KEY, address="10.0.0.1"),
        Member(name="gbg-2", key=KEY, address="10.0.0.2"),
        Member(name="arbiter of gbg", key=KEY, address="10.0.0.9", arbiter=True),
    )


@pytest.mark.parametrize(
    "hosts",
    [(known(1),), (known(1), "{name: gbg-2}"), (known(1), "{name: gbg-2, member: {address: 10.0.0.2}}")],
    ids=["alone", "one is not known", "a key is not known"],
)
def test_there_are_no_members_where_nobody_could_take_over_or_not_all_are_known(
    tmp_path: Path, hosts: tuple[str, ...]
) -> None:
    assert planned(tmp_path, *hosts).members == ()


def test_sites_that_are_alike_have_members_of_their_own(tmp_path: Path) -> None:
    sites = [
        f"  - {{name: s{s}, hosts: ["
        + ", ".join(f'{{name: s{s}-{n}, member: {{key: "{KEY}", address: 10.{s}.0.{n}}}}}' for n in (1, 2))
        + "]}"
        for s in range(3)
    ]
    (tmp_path / "inventory.yaml").write_text(
        "\n".join(["format: placelang/inventory/1", "sites:", *sites]) + "\n", encoding="utf-8"
    )
    (tmp_path / "shop.place").write_text(APP.replace("single", "replicas 1 per site"), encoding="utf-8")
    parts = plan_file(tmp_path / "shop.place", tmp_path / "inventory.yaml").parts
    assert [part.members[1].address for part in parts] == ["10.0.0.2", "10.1.0.2", "10.2.0.2"]
