"""`python -m placelang_runtime.serve --models FOLDER --port PORT`: the model server as a process. It ends on SIGTERM,
once what it has in hand is answered."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from placelang_runtime.serve.limits import OPTIONS, Limits


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop."""
    asked = vars(_parser().parse_args(arguments))
    try:
        from placelang_runtime.serve.server import serve  # noqa: PLC0415 - `--help` needs none of it
    except ImportError as error:
        sys.exit(f"{error.name} is not installed: install placelang-agent[serve], or placelang[serve]")
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))  # what uvicorn hands on once it has ended
    folder, host, port = (asked.pop(name) for name in ("models", "host", "port"))
    try:
        serve(
            folder, host, port, Limits(**{name: value for name, value in asked.items() if value is not None})
        )
    except OSError as error:
        sys.exit(f"cannot listen at port {port} of {host}: {(error.strerror or str(error)).lower()}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m placelang_runtime.serve", allow_abbrev=False)
    parser.add_argument("--models", type=Path, required=True, metavar="FOLDER", help="where models.json is")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at")
    parser.add_argument("--port", type=int, default=8000)
    for name, said in OPTIONS.items():
        parser.add_argument(f"--{name}", type=_at_least_one, metavar="N", help=said)
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


if __name__ == "__main__":
    main()
