"""Several processes on one store, and one that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from placelang.store import Store
from tests.cli.console import ROOTS

WRITER = """
import sys
from placelang.store import Store, Trust
from placelang.store.report import Report, Said

url, who = sys.argv[1:]
with Store(url, create=True) as store:
    for number in range(1, 1_000_000 if who == "endless" else 31):
        facts = {"memory": Said(float(number), number, None), f"labels.{who}": Said(str(number), number, None)}
        store.report([Report("site", "gbg", None, "probe"), Report("host", "gbg-1", "gbg", "probe", facts)],
            trust=Trust.PROBE, now=number)
        print(number, flush=True)
"""


def start(url: str, who: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": ROOTS}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, who], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_of_several_writers_none_loses_what_another_wrote(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fleet.db'}"
    writers = [start(url, who) for who in ("one", "two", "three")]
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    with Store(url) as store:
        labels = store.inventory(30).hosts.labels
        assert {name: record.values for name, record in labels.items()} == {
            "one": ("30",),
            "two": ("30",),
            "three": ("30",),
        }


def test_what_was_told_to_be_kept_is_there_after_a_kill(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fleet.db'}"
    for kept in (1, 5, 12):
        writer = start(url, "endless")
        assert writer.stdout is not None
        told = 0
        while told < kept:
            told = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.communicate()[0].split()
        told = int(rest[-1]) if rest and rest[-1].isdigit() else told
        with Store(url) as store:
            believed = store.inventory(10**6).hosts.facts["memory"].values[0]
            assert isinstance(believed, float)
            assert believed >= told
            store.forget("site", "gbg")


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fleet.db'}"
    writer = start(url, "endless")
    assert writer.stdout is not None
    writer.stdout.readline()
    with Store(url) as store:
        for _ in range(20):
            fleet = store.inventory(10**6)
            memory, label = fleet.hosts.facts["memory"].values, fleet.hosts.labels["endless"].values
            assert [str(int(value)) for value in memory if isinstance(value, float)] == list(label)
    writer.kill()
    writer.communicate()
