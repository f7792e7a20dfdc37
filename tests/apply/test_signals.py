"""Whoever is told to end, by Ctrl-C or SIGTERM, ends what was begun, notes it, and says so by the exit code.

A process of its own says when it is in the midst of something; then it gets the signal, and then it may go on.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from placelang.cli.exits import Exit
from placelang_runtime.journal import open_journal
from tests.apply.stores import Store
from tests.cli.console import clean_environment

HOST = """
host = "gbg-1"
unsigned = true
registries = ["registry.example.com"]
state = "."
"""
APPLYING = """
import signal, sys
import placelang_runtime.drivers
from placelang.cli import main
from placelang_runtime.drivers.memory import MemoryDriver

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored

def on(action, of):
    if action == "start":
        sys.stdout.write("reached\\n")
        sys.stdout.flush()
        sys.stdin.readline()

placelang_runtime.drivers.open_driver = lambda name, host, **_: MemoryDriver(host, on=on)
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_once_what_was_begun_has_ended(tmp_path: Path, number: signal.Signals) -> None:
    store = Store(tmp_path)
    store.journal.close()
    store.plan()
    (tmp_path / "host.toml").write_text(HOST, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", APPLYING, "apply", "plan.json", "--config", "host.toml"],
        cwd=tmp_path,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert b"reached\n" in iter(process.stdout.readline, b"")
        process.send_signal(number)
        _, errors = process.communicate(b"\n" * 9, timeout=60)
    assert (process.returncode, errors) == (Exit.INTERRUPTED, b"")
    journal, _ = open_journal(tmp_path, count(1).__next__)
    (run,) = journal.runs(9)
    assert run.outcome == "interrupted"
    deeds = journal.deeds(run.id)
    assert "start" in {deed.kind for deed in deeds}
    assert all(deed.ended is not None for deed in deeds)
    journal.close()
