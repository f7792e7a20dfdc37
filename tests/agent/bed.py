"""A command on a machine whose camera is plugged in and pulled out: it sees a tree of devices of its own.

Run with `libumockdev-preload.so.0` preloaded; the arguments are a recorded tree, and the command. What is done stands
on standard input, `plug` or `pull`, a line each; `done` answers. The command ends with the input.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.probe.plugging import Bed


def main(recorded: str, *command: str) -> None:
    tree = Path(recorded).read_text(encoding="utf-8")
    cameras = [
        f"/sys{block.partition('P: ')[2].splitlines()[0]}"
        for block in tree.split("\n\n")
        if "SUBSYSTEM=video4linux" in block
    ]
    bed = Bed()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr) as running:
        try:
            for act in sys.stdin:
                if act.strip() == "plug":
                    bed.plug(tree)
                    for camera in cameras:
                        bed.tell(camera, "add")
                else:
                    for camera in cameras:
                        bed.pull(camera)
                print("done", flush=True)  # noqa: T201
        finally:
            running.terminate()


if __name__ == "__main__":
    main(*sys.argv[1:])
