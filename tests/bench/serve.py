"""What the model server adds to ONNX Runtime, how much of its throughput is left, what watching takes of it, and
whether a swap loses a request.

    python tests/bench/serve.py [latency] [throughput] [watching] [swap]

The server has one processor, who asks has the other. Times are of a client that only writes and reads a socket.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "runtime")]

import numpy as np
import onnxruntime
from onnx import helper

from placelang_runtime.drift.baseline import file_digest
from placelang_runtime.drift.features import Matrix
from placelang_runtime.serve.manifest import Drawn, Entry
from tests.drift.worlds import baseline
from tests.models.making import dense, model, saved, values, weight
from tests.serve.serving import entry, running, serve, times

WIDTH = 512
CLIENTS = 16
SECONDS = 8.0


def request(name: str, rows: int, width: int, *, binary: bool, id_: str | None = None) -> bytes:
    x = np.linspace(0, 1, rows * width, dtype=np.float32)
    one: dict[str, Any] = {"name": "x", "datatype": "FP32", "shape": [rows, width]}
    one |= {"parameters": {"binary_data_size": x.nbytes}} if binary else {"data": x.tolist()}
    said = {"inputs": [one], "parameters": {"binary_data_output": binary}} | ({"id": id_} if id_ else {})
    head = json.dumps(said).encode()
    body = head + (x.tobytes() if binary else b"")
    lines = [f"POST /v2/models/{name}/infer HTTP/1.1", "Host: here", f"Content-Length: {len(body)}"]
    lines += [f"Inference-Header-Content-Length: {len(head)}"] if binary else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(connection: socket.socket, asked: bytes) -> bytes:
    connection.sendall(asked)
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += connection.recv(1 << 16)
    head, _, body = heard.partition(b"\r\n\r\n")
    length = next(int(x[15:]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(1 << 16)
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(heard[:300])
    return body


def quantiles(seconds: list[float]) -> tuple[float, float]:
    """The middle and the 95th of a hundred, in ms."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1e3, ordered[int(len(ordered) * 0.95)] * 1e3


def processor_seconds(pid: int) -> float:
    """What a process has used of processors so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def direct(
    path: Path, rows: int, width: int, runs: int, clock: Callable[[], float] = perf_counter
) -> list[float]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options)
    x = {"x": np.linspace(0, 1, rows * width, dtype=np.float32).reshape(rows, width)}
    found = []
    for _ in range(runs):
        began = clock()
        session.run(None, x)
        found.append(clock() - began)
    return found


def timed(port: int, asked: bytes, runs: int) -> list[float]:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found = []
        for number in range(runs + 200):
            began = perf_counter()
            ask(connection, asked)
            if number >= 200:
                found.append(perf_counter() - began)
    return found


def latency(folder: Path) -> None:
    path = saved(dense(), folder, "small.onnx")
    serve(folder, entry("small"))
    own, own95 = quantiles(direct(path, 1, 4, 5000))
    print(f"onnxruntime alone      p50 {own:7.3f} ms   p95 {own95:7.3f} ms")
    with running(folder, "--threads", "1") as server:
        os.sched_setaffinity(server.process.pid, {0})
        for binary in (False, True):
            rounds = [
                quantiles(timed(server.port, request("small", 1, 4, binary=binary), 2000)) for _ in range(5)
            ]
            p50, p95 = min(one[0] for one in rounds), min(one[1] for one in rounds)
            what = "binary" if binary else "JSON"
            print(f"through the server     p50 {p50:7.3f} ms   p95 {p95:7.3f} ms   {what}, best of 5 rounds")
            print(f"  beyond onnxruntime   p50 {p50 - own:7.3f} ms   p95 {p95 - own95:7.3f} ms")


def layers(folder: Path, name: str, count: int, kernel: int) -> Path:
    """`kernel` 0: dense layers, of which a run takes about as long for one row as for sixteen; else convolutions, of
    which each row takes its own time."""
    if kernel:
        nodes = [helper.make_node("Reshape", ["x", "shape"], ["h0"])]
        weights = [
            weight("shape", [0, 8, 8, 8], np.int64),
            weight("w", np.eye(8)[..., None, None].repeat(3, 2).repeat(3, 3) / 9),
        ]
        nodes += [helper.make_node("Conv", [f"h{i}", "w"], [f"h{i + 1}"], pads=[1] * 4) for i in range(count)]
        nodes += [helper.make_node("ReduceMean", [f"h{count}"], ["y"], axes=[1, 2, 3], keepdims=0)]
    else:
        weights = [weight(f"w{i}", np.full((WIDTH, WIDTH), 1 / WIDTH)) for i in range(count)]
        names = ["x", *(f"h{i}" for i in range(1, count)), "y0"]
        nodes = [
            helper.make_node("MatMul", [a, w.name], [b])
            for a, w, b in zip(names[:-1], weights, names[1:], strict=True)
        ]
        nodes += [helper.make_node("ReduceMean", ["y0"], ["y"], axes=[1], keepdims=0)]
    made = model(nodes, [values("x", "rows", WIDTH)], [values("y", "rows")], weights)
    return saved(made, folder, f"{name}.onnx")


def sized(folder: Path, name: str, kernel: int) -> Path:
    """A model of about 20 ms for a batch of 16."""
    count = 16
    for _ in range(3):
        path = layers(folder, name, count, kernel)
        took = quantiles(direct(path, CLIENTS, WIDTH, 30, process_time))[0]
        count = max(1, round(count * 20 / took))
    return layers(folder, name, count, kernel)


def client(port: int, asked: bytes, seconds: float) -> int:
    """How many answers as many clients as there are get, on the processor that the server has not."""
    os.sched_setaffinity(0, {1})
    counts = [0] * CLIENTS
    failed: list[Exception] = []
    end = perf_counter() + seconds

    def one(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while perf_counter() < end and not failed:
                try:
                    ask(connection, asked)
                except (OSError, RuntimeError) as error:
                    failed.append(error)
                counts[number] += 1

    threads = [threading.Thread(target=one, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(counts)


def throughput(folder: Path) -> None:
    spawn = get_context("spawn")
    for name, kernel in (("dense", 0), ("conv", 3)):
        path = sized(folder, name, kernel)
        serve(folder, entry(name))
        print(f"{name}: {quantiles(direct(path, 1, WIDTH, 30))[0]:.1f} ms for one row")
        with running(folder, "--threads", "1") as server:
            os.sched_setaffinity(server.process.pid, {0})
            for task in Path(f"/proc/{server.process.pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), {0})
            for binary in (True, False):
                with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                    asked = request(name, 1, WIDTH, binary=binary)
                    before = quantiles(direct(path, CLIENTS, WIDTH, 100))[0]
                    used = processor_seconds(server.process.pid)
                    answered = pool.submit(client, server.port, asked, SECONDS).result() / SECONDS
                    used = processor_seconds(server.process.pid) - used
                    after = quantiles(direct(path, CLIENTS, WIDTH, 100))[0]
                    own_used = quantiles(direct(path, CLIENTS, WIDTH, 100, process_time))[0] / 1e3
                own = CLIENTS / ((before + after) / 2) * 1e3
                rows = server.metric(f'batch_rows_sum{{model="{name}",version="1"}}')
                batches = server.metric(f'batch_rows_count{{model="{name}",version="1"}}')
                what = "binary" if binary else "JSON  "
                print(
                    f"  {what}  {before:5.1f} and {after:5.1f} ms a batch of 16 alone, {own:6.0f} rows/s; "
                    f"{CLIENTS} clients {answered:6.0f}/s, {answered / own:4.0%}; by processor time "
                    f"{answered * SECONDS * own_used / CLIENTS / used:4.0%}; {rows / batches:.1f} rows a batch"
                )


UNWATCHED = """
from placelang_runtime.drift.watcher import Watcher
Watcher.note = lambda *_: None
from placelang_runtime.serve.__main__ import main
main()
"""


def classifier(folder: Path, name: str, features: int, layers: int) -> tuple[Path, Matrix]:
    """Two classes of so many features, through so many layers, with its baseline and what that was drawn from."""
    names = ["x", *(f"h{i}" for i in range(layers)), "z"]
    weights = [weight("w0", np.full((features, WIDTH), 0.01))]
    weights += [weight(f"w{i}", np.eye(WIDTH)) for i in range(1, layers)]
    weights += [weight(f"w{layers}", np.linspace(-1, 1, 2 * WIDTH).reshape(WIDTH, 2))]
    nodes = [
        helper.make_node("MatMul", [a, w.name], [b])
        for a, w, b in zip(names[:-1], weights, names[1:], strict=True)
    ]
    nodes += [helper.make_node("Softmax", ["z"], ["y"], axis=1)]
    made = model(nodes, [values("x", "rows", features)], [values("y", "rows", 2)], weights)
    path = saved(made, folder, f"{name}.onnx")
    rows = np.random.default_rng(0).standard_normal((5_000, features)).astype(np.float32)
    scores = onnxruntime.InferenceSession(str(path)).run(None, {"x": rows})[0]
    drawn = baseline({"x": rows}, {"y": scores}).model_copy(update={"model": file_digest(path)})
    (folder / f"{name}.json").write_text(drawn.model_dump_json())
    return path, rows


def watching(folder: Path) -> None:
    """Processor time of the server a request, watched and not, in turns."""
    spawn = get_context("spawn")
    for name, layers_, features in (("cheap", 1, 10), ("20ms", 0, 10)):
        count = layers_ or 16
        for _ in range(0 if layers_ else 3):
            took = quantiles(
                direct(classifier(folder, name, features, count)[0], CLIENTS, features, 20, process_time)
            )[0]
            count = max(1, round(count * 20 / took))
        classifier(folder, name, features, count)
        serve(folder, entry(name, baseline=Drawn(file=f"{name}.json")))
        asked = request(name, 1, features, binary=True, id_="r")
        found: dict[bool, list[float]] = {True: [], False: []}
        for round_ in range(6):
            watched = bool(round_ % 2)
            run = ("-m", "placelang_runtime.serve") if watched else ("-c", UNWATCHED)
            with (
                running(folder, "--threads", "1", run=run) as server,
                ProcessPoolExecutor(1, mp_context=spawn) as pool,
            ):
                os.sched_setaffinity(server.process.pid, {0})
                for task in Path(f"/proc/{server.process.pid}/task").iterdir():
                    os.sched_setaffinity(int(task.name), {0})
                used = processor_seconds(server.process.pid)
                answered = pool.submit(client, server.port, asked, SECONDS / 2).result()
                found[watched].append((processor_seconds(server.process.pid) - used) / answered * 1e6)
        bare, all_ = min(found[False]), min(found[True])
        print(
            f"{name}: {bare:.0f} us of processor a request, {all_:.0f} watched: {all_ / bare - 1:+.1%}, best of 3 each"
        )


def swap(folder: Path) -> None:
    """Versions that change every half second, under 16 clients."""
    made: list[Entry] = [times(folder, "till", factor, str(factor)) for factor in range(1, 13)]
    serve(folder, made[0])
    with (
        running(folder, "--threads", "1") as server,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        answers = pool.submit(client, server.port, request("till", 1, 4, binary=True), SECONDS)
        began = perf_counter()
        for number, one in enumerate(made[1:], 1):
            while perf_counter() < began + number / 2:
                pass
            serve(folder, one)
            server.wait_ready()
        print(f"{len(made) - 1} swaps, {answers.result()} requests of {CLIENTS} clients, none failed")


def main() -> None:
    chosen = sys.argv[1:] or ["latency", "throughput", "watching", "swap"]
    for what in (latency, throughput, watching, swap):
        if what.__name__ in chosen:
            with TemporaryDirectory() as folder:
                what(Path(folder))


if __name__ == "__main__":
    main()
