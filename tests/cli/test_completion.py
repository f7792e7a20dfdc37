"""What the shell offers: asked for as a shell asks, through the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.console import EXAMPLES, process

EXPLAIN = "placelang explain retail.place "
PLAN = "placelang plan retail.place --inventory inventory.yaml "


def offered(line: str, cwd: Path) -> list[str]:
    """The words that bash would offer at the end of the line."""
    words = line.split(" ")
    environment = {
        "_PLACELANG_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    return process(cwd=cwd, environment=environment).out.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("placelang ver", ["verify"]),
        (PLAN + "--site sto", ["sto-city", "sto-kista"]),
        (EXPLAIN + "--inventory inventory.yaml --host gbg-", ["gbg-1", "gbg-2", "gbg-gw", "gbg-pos"]),
        (EXPLAIN + "--inventory inventory.yaml --site hub --host ", ["hub-1", "hub-gw"]),
        (EXPLAIN + "loss-prevention.", [f"loss-prevention.{s}" for s in ("detector", "pager", "recorder")]),
        ("placelang schema p", ["plan", "problem"]),
    ],
)
def test_names_are_offered_from_the_files_at_hand(line: str, words: list[str]) -> None:
    assert offered(line, EXAMPLES / "retail") == words


def test_the_inventory_of_the_settings_is_used(tmp_path: Path) -> None:
    inventory = EXAMPLES / "tiny" / "inventory.yaml"
    (tmp_path / "placelang.toml").write_text(f'inventory = "{inventory}"\n')
    assert offered("placelang plan x.place --site ", tmp_path) == ["home"]


@pytest.mark.parametrize("line", [PLAN + "--site ", EXPLAIN, "placelang plan --inventory /dev/zero --site "])
def test_what_cannot_be_read_offers_nothing(line: str, tmp_path: Path) -> None:
    assert offered(line, tmp_path) == []
