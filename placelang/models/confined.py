"""Work on a file that nobody vouches for, in a process of its own with limits. Enters: a task and its arguments.
Leaves: what it found out, checked to be of the type that was asked for, or `ModelError` or `ConfinedError`.

Parsers of ONNX and the runtime are native code, and files are untrusted: what goes wrong there, crashes, endless loops
and allocations without end among it, ends that process and nothing else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from placelang.models.inspection import ModelError, Refused
from placelang.types import BYTES, show

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """`memory` in bytes, of what the process may write to; `seconds` of the clock, and of processor time."""

    memory: int = 4 * 2**30
    seconds: int = 60

    def __str__(self) -> str:
        return f"{show(self.memory, BYTES)} and {self.seconds} s"


class ConfinedError(Exception):
    """The process ended without an answer, for this reason."""


def run(wanted: type[T], limits: Limits, task: str, *arguments: str) -> T:
    """What a task of `placelang.models.child` answers."""
    own = (sys.executable, "-P", "-m", "placelang.models.child", str(limits.memory), str(limits.seconds))
    with TemporaryFile() as answers:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*own, task, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=answers,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(os.path.isabs, sys.path))},
            start_new_session=True,
        )
        try:
            process.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            raise ConfinedError(f"took longer than {limits.seconds} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        answers.seek(0)
        said = answers.read()
    adapter: TypeAdapter[T | Refused] = TypeAdapter(cast("Any", wanted) | Refused)
    with suppress(ValidationError):
        answer = adapter.validate_json(said)
        if isinstance(answer, Refused):
            raise ModelError(answer.refused)
        return answer
    raise ConfinedError(_ending(process.returncode, limits))


def _ending(code: int, limits: Limits) -> str:
    if code == -signal.SIGXCPU:
        return f"took longer than {limits.seconds} s"
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return f"its process {how}, without an answer; it had {limits}"
