"""Keys and signatures by the command line, from a plan to a host that changes its keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from placelang_runtime.canonical import to_json
from placelang_runtime.host_config import read_host_config
from placelang_runtime.plan import Plan
from placelang_runtime.trust.envelope import Reader, believe, file_name
from placelang_runtime.trust.key_changes import read_trusted
from tests.cli.conftest import console
from tests.cli.console import Console

__all__ = ["console"]


@pytest.fixture
def host(console: Console) -> Path:
    """A host that trusts the key in `fleet.key`."""
    public = console.run("key", "new", "fleet.key", code=0).out.strip()
    text = f'host = "gbg-1"\nsite = "gbg"\ntrusted_keys = ["{public}"]\nstate = "state"\n'
    return console.folder / console.write("host.toml", text)


def test_a_signed_plan_is_believed_at_its_sites(console: Console, host: Path, plan: Plan) -> None:
    console.write("plan.json", to_json(plan))
    console.run("sign", "plan.json", "--key", "fleet.key", "--sequence", "3", "-o", "parts", code=0)
    assert sorted(path.name for path in (console.folder / "parts").iterdir()) == [
        "gbg.part.json",
        "oslo.part.json",
    ]
    config = read_host_config(host)
    text = (console.folder / "parts" / "gbg.part.json").read_bytes()
    assert believe(text, Reader("gbg-1", "gbg", config.trusted_keys), datetime.now(UTC)).sequence == 3


def test_a_host_carries_out_what_it_believes_and_nothing_else(
    console: Console, host: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placelang_runtime.health.SETTLED", 0.0)
    host.write_text(
        host.read_text(encoding="utf-8") + 'registries = ["registry.example.com"]\n', encoding="utf-8"
    )
    console.write("plan.json", to_json(plan))
    for number in ("2", "3"):
        sign = ("sign", "plan.json", "--key", "fleet.key", "--sequence", number)
        console.run(*sign, "-o", number, code=0)
    apply = ("apply", "--config", "host.toml", "--driver", "memory")
    console.run(*apply, "3/gbg.part.json", code=0)
    console.run(*apply, "3/gbg.part.json", code=0)
    console.run(*apply, code=0)
    refused = {
        "2/gbg.part.json": "3 is accepted already",
        "3/oslo.part.json": "this host is at gbg",
        "plan.json": "nobody signed this plan",
    }
    for file, why in refused.items():
        assert why in console.run(*apply, file, code=1).err
        assert why in console.run(*apply, file, "--dry-run", code=1).err
    (console.folder / "state" / "journal.db").write_bytes(b"damaged" * 1000)
    assert "3 is accepted already" in console.run(*apply, "2/gbg.part.json", code=1).err
    console.run(*apply, "3/gbg.part.json", code=0)


def test_a_fleet_changes_its_key_from_afar(console: Console, host: Path) -> None:
    following = console.run("key", "new", "next.key", code=0).out.strip()
    before = console.run("key", "show", "--id", "fleet.key", code=0).out.strip()
    change = ("key", "change", "--sequence", "1", "--add", following, "--retire", before)
    console.run(*change, "--key", "next.key", "-o", "own.json", code=0)
    refused = console.run("key", "accept", "own.json", "--config", str(host), code=1)
    assert "none of the keys that this host trusts" in refused.err
    console.run(*change, "--key", "fleet.key", "-o", "change.json", code=0)
    console.run("key", "accept", "change.json", "--config", str(host), code=0)
    trusted = read_trusted(console.folder / "state", read_host_config(host).trusted_keys)
    assert [str(key) for key in trusted.public()] == [following]
    console.run("key", "accept", "change.json", "--config", str(host), code=1)


@pytest.mark.usefixtures("host")
def test_no_command_prints_a_private_key_or_writes_over_one(console: Console) -> None:
    kept = (console.folder / "fleet.key").read_text(encoding="utf-8")
    again = console.run("key", "new", "fleet.key", code=1)
    shown = console.run("key", "show", "fleet.key", code=0)
    assert kept.splitlines()[1] not in again.out + again.err + shown.out + shown.err
    assert (console.folder / "fleet.key").read_text(encoding="utf-8") == kept


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("key", "show", "ed25519:x"), 1, "no public key"),
        (("key", "show", "gone.key"), 6, "no such file"),
        (("key", "change", "--key", "fleet.key", "--sequence", "1", "-o", "x"), 2, "--add"),
        (
            ("key", "change", "--key", "fleet.key", "--sequence", "0", "--retire", "x", "-o", "x"),
            2,
            "--sequence",
        ),
        (("key", "accept", "host.toml", "--config", "host.toml"), 1, "no signed document"),
        (("key", "accept", "host.toml", "--config", "fleet.key"), 1, "fleet.key:1: not TOML"),
        (("sign", "host.toml", "--key", "fleet.key", "--sequence", "1", "-o", "x"), 1, "not JSON"),
        (("sign", "plan.json", "--key", "host.toml", "--sequence", "1", "-o", "x"), 1, "chmod 600"),
        (
            (
                "sign",
                "plan.json",
                "--key",
                "fleet.key",
                "--sequence",
                "1",
                "--accept-until",
                "May",
                "-o",
                "x",
            ),
            2,
            "UTC",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_wrong_is_told(
    console: Console, plan: Plan, arguments: tuple[str, ...], code: int, said: str
) -> None:
    console.write("plan.json", to_json(plan))
    assert said in console.run(*arguments, code=code).err
    assert not (console.folder / "x").exists()


@pytest.mark.parametrize("site", ["gbg", "..", "a/b", "/etc", "å" * 2000, "a b\n", "%2F"])
def test_no_name_of_a_site_leads_out_of_the_folder(site: str, tmp_path: Path) -> None:
    name = file_name(site)
    (tmp_path / name).write_text(json.dumps(site), encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == [name]
