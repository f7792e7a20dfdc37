"""The execution providers that ONNX Runtime offers here, in a process of its own: a driver that hangs or crashes takes
nothing with it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

from placelang_runtime.probe.found import Found, NotFoundOutError

SECONDS: Final = 1.7
_ASK: Final = "import json, onnxruntime; print(json.dumps(onnxruntime.get_available_providers()))"
_ENDING: Final = "ExecutionProvider"


def providers() -> Found:
    """By the names that placement files use: `cpu`, `cuda`, `tensorrt`, `openvino`."""
    try:
        asked = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", _ASK], capture_output=True, timeout=SECONDS, check=False, text=True
        )
    except subprocess.TimeoutExpired as error:
        raise NotFoundOutError(f"ONNX Runtime took longer than {SECONDS:g} s") from error
    if asked.returncode:
        raise NotFoundOutError("ONNX Runtime is not installed, or does not start")
    names = json.loads(asked.stdout)
    return Found(labels={"providers": tuple(sorted(name.removesuffix(_ENDING).lower() for name in names))})
