"""The model server beside MLServer with a custom runtime around the same session, in one run.

    python tests/bench/peer.py [--venv FOLDER] [--seconds N]

MLServer and ONNX Runtime are installed by pip into an environment of their own, at FOLDER if it is to be kept. Each
server has processor 0 and one thread for a run of the model; 16 clients have processor 1, and ask in JSON for one row
of 512 numbers at a time, of a model of about 20 ms for 16 rows. They take turns, so that what else the machine does
falls on both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "runtime")]

from tests.bench.serve import CLIENTS, WIDTH, client, direct, processor_seconds, quantiles, request, sized
from tests.serve.serving import entry, running, serve

NAME = "conv"
ROUNDS = 3
PORT = 18_080
"""And the two after it: below those that connections are given."""
RUNTIME = '''
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse


class Around(MLModel):
    """The same session as the other server's."""

    async def load(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri, options)
        return True

    async def predict(self, payload):
        x = NumpyCodec.decode_input(payload.inputs[0])
        (y,) = self.session.run(["y"], {"x": x})
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("y", y)])
'''


def installed(folder: Path) -> Path | None:
    """The command of MLServer in an environment there; None, and why on standard error, where it cannot be had."""
    command = folder / "bin" / "mlserver"
    if command.exists():
        return command
    make = [sys.executable, "-m", "venv", str(folder)]
    install = [str(folder / "bin" / "pip"), "install", "-q", "mlserver", "onnxruntime"]
    for step in (make, install):
        ended = subprocess.run(step, capture_output=True, text=True, check=False)
        if ended.returncode:
            last = (ended.stderr.strip() or ended.stdout.strip()).splitlines()[-1:]
            print(f"MLServer cannot be installed: {' '.join(step[:4])}: {''.join(last)}", file=sys.stderr)
            return None
    return command


def pinned(pid: int) -> None:
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {0})


@contextmanager
def peer(command: Path, folder: Path, model: Path, port: int) -> Iterator[int]:
    """MLServer in one process, which is how one processor serves most; its process."""
    (folder / "around.py").write_text(RUNTIME)
    batch = {"max_batch_size": CLIENTS, "max_batch_time": 0.005}
    parameters = {"uri": str(model)}
    said = {"name": NAME, "implementation": "around.Around", "parameters": parameters} | batch
    (folder / "model-settings.json").write_text(json.dumps(said))
    ports = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2}
    settings = {"parallel_workers": 0, "debug": False, "host": "127.0.0.1", "logging_settings": None} | ports
    (folder / "settings.json").write_text(json.dumps(settings))
    with (folder / "peer.log").open("wb") as log:
        process = subprocess.Popen([command, "start", str(folder)], stdout=log, stderr=log, cwd=folder)
    try:
        end = monotonic() + 120
        while not _ready(port):
            if process.poll() is not None or monotonic() > end:
                raise RuntimeError((folder / "peer.log").read_text()[-2000:])
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", f"/v2/models/{NAME}/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def turns(servers: Sequence[tuple[str, int, int]], model: Path, seconds: float) -> None:
    asked = request(NAME, 1, WIDTH, binary=False)
    own = quantiles(direct(model, CLIENTS, WIDTH, 50))[0]
    print(f"onnxruntime alone: {own:.1f} ms for {CLIENTS} rows, {CLIENTS / own * 1e3:.0f} rows/s")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for round_ in range(ROUNDS):
            for name, pid, port in servers:
                used = processor_seconds(pid)
                answered = pool.submit(client, port, asked, seconds).result()
                each = (processor_seconds(pid) - used) / max(1, answered) * 1e6
                told = f"{answered / seconds:6.0f}/s  {each:6.0f} us of processor a request"
                print(f"  round {round_ + 1}  {name:10} {told}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--venv", type=Path)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    with TemporaryDirectory() as kept:
        command = installed(given.venv or Path(kept) / "venv")
        if command is None:
            return
        folder = Path(kept)
        (folder / "own").mkdir()
        (folder / "peer").mkdir()
        model = sized(folder / "own", NAME, 3)
        serve(folder / "own", entry(NAME))
        with (
            running(folder / "own", "--threads", "1") as own,
            peer(command, folder / "peer", model, PORT) as other,
        ):
            pinned(own.process.pid)
            pinned(other)
            turns(
                [("placelang", own.process.pid, own.port), ("MLServer", other, PORT)],
                model,
                given.seconds,
            )


if __name__ == "__main__":
    main()
