"""Ctrl-C: the command ends at once, with its own code, and nothing is half-written.

A process of its own says when it has reached the point in question; then it gets the signal.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from placelang.cli.exits import Exit
from tests.cli.console import EXAMPLES, clean_environment

REACHED = b"reached\n"
IN_THE_SOLVER = """
import sys, threading
import placelang.planning
from placelang.cli import main

def solve(*_, **__):  # as a solver does, it does not listen
    sys.stdout.write("reached\\n")
    sys.stdout.flush()
    threading.Event().wait()

placelang.planning.solve = solve
main()
"""
WHILE_WRITING = """
import os, sys, threading
from placelang.cli import main

def fsync(_):
    sys.stdout.write("reached\\n")
    sys.stdout.flush()
    threading.Event().wait()

os.fsync = fsync
main()
"""


SEARCHING = """
import sys
import placelang.planning
from placelang.cli import main
from placelang_scheduler import solve

def patient(*arguments, progress, stop, **options):
    def told(event):
        progress(event)
        if event.stage == "solving" and not event.done:
            sys.stdout.write("reached\\n")
            sys.stdout.flush()
            assert stop.wait(60)
    return solve(*arguments, progress=told, stop=stop, **options)

placelang.planning.solve = patient
main()
"""


def interrupted(program: str, *arguments: str, cwd: Path) -> tuple[int, bytes]:
    """How the command ends, and what it has said, when it is interrupted once it has reached its point."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=cwd,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == REACHED
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=60)
    return started.returncode, said


def test_a_solver_that_does_not_listen_is_left(tmp_path: Path) -> None:
    tiny = EXAMPLES / "tiny"
    arguments = (
        "plan",
        str(tiny / "tiny.place"),
        "-i",
        str(tiny / "inventory.yaml"),
        "--output",
        "plan.json",
    )
    assert interrupted(IN_THE_SOLVER, *arguments, cwd=tmp_path) == (Exit.INTERRUPTED, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_being_written_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.place").write_text("app  a { }\n")
    assert interrupted(WHILE_WRITING, "fmt", "a.place", cwd=tmp_path) == (Exit.INTERRUPTED, b"")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.place", "app  a { }\n")]


def test_the_best_plan_so_far_is_written_and_says_so(tmp_path: Path) -> None:
    factory = EXAMPLES / "factory"
    files = (str(factory / "factory.place"), "-i", str(factory / "inventory.yaml"))
    code, said = interrupted(SEARCHING, "plan", *files, "--output", "plan.json", cwd=tmp_path)
    assert code == Exit.INTERRUPTED
    assert b"stopping with the best plan found so far" in said
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert plan["header"]["outcome"] == "interrupted"
    assert plan["parts"][0]["groups"]
