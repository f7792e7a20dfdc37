"""What the demo is told with: commands that are shown with what they say, sites with their agents, and clients."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

import tritonclient.http as triton
from pictures import Floats, Labels

from tests.cli.console import clean_environment

LONGEST = 90.0
TOGETHER = 4
"""Pictures in a request."""


@dataclass
class Site:
    """A site of one host, with its agent. `url` is where its model server answers."""

    name: str
    url: str
    agent: subprocess.Popen[bytes] | None = None


@dataclass(frozen=True)
class Stage:
    """A folder to work in, and when the play began."""

    folder: Path
    begun: float = field(default_factory=monotonic)

    def say(self, text: str) -> None:
        """Tell what comes next."""
        print(f"\n--- {monotonic() - self.begun:3.0f} s  {text}", flush=True)

    def run(self, *arguments: str, quiet: bool = False) -> str:
        """Give a command, show it and what it says, and hold it to success."""
        print(f"$ placelang {' '.join(arguments).replace(str(self.folder), '.')}", flush=True)
        ended = subprocess.run(
            [sys.executable, "-m", "placelang", *arguments],
            cwd=self.folder,
            env=clean_environment(),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if ended.returncode != 0 or not quiet:
            print(ended.stdout.rstrip(), flush=True)
        if ended.returncode != 0:
            sys.exit(f"exit code {ended.returncode}")
        return ended.stdout

    def hold(self, holds: object, fault: str) -> None:
        """End the play where something is not as it was told."""
        if not holds:
            sys.exit(fault)

    def see(self, told: str, holds: Callable[[], object]) -> None:
        """Wait until something is so; it is a fault if that never comes."""
        begun = monotonic()
        while not holds():
            if monotonic() - begun > LONGEST:
                for log in sorted(self.folder.glob("*.log")):
                    print(f"{log.name} ends:\n{log.read_text(errors='replace')[-2000:]}")
                sys.exit(f"this was expected, and did not come: {told}")
            sleep(0.1)
        print(f"seen after {monotonic() - begun:.1f} s: {told}", flush=True)

    def told(self, site: Site, kind: str) -> list[str]:
        """What the agent of a site told of one kind of event, in order."""
        lines = (self.folder / f"{site.name}.log").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.split()[1:2] == [kind]]

    def start(self, site: Site, config: str) -> None:
        """Have a host with an agent that keeps to its plan."""
        (self.folder / f"{site.name}.toml").write_text(config, encoding="utf-8")
        command = [sys.executable, "-m", "placelang", "agent", "run", "--config", f"{site.name}.toml"]
        with (self.folder / f"{site.name}.log").open("wb") as log:
            site.agent = subprocess.Popen(
                command, cwd=self.folder, env=clean_environment(), stdout=log, stderr=log
            )
        self.see(f"{site.name} has an agent", (self.folder / site.name / "agent.sock").exists)


def sort(url: str, pictures: Floats, labels: Labels, *, judged: bool = False) -> tuple[str, float]:
    """Have a model server sort pictures as machines do, by requests over the network; the version that answered last,
    and the share that was right. Where they are judged, somebody tells the server what would have been right."""
    client = triton.InferenceServerClient(url, connection_timeout=LONGEST, network_timeout=LONGEST)
    right, version = 0, ""
    for begin in range(0, len(pictures), TOGETHER):
        some, kinds = pictures[begin : begin + TOGETHER], labels[begin : begin + TOGETHER]
        asked = triton.InferInput("pictures", list(some.shape), "FP32")
        asked.set_data_from_numpy(some)
        answer = client.infer("sorter", [asked], request_id=f"{begin}")
        version = answer.get_response()["model_version"]
        right += int((answer.as_numpy("kinds").argmax(1) == kinds).sum())
        if judged:
            _judge(url, {"id": f"{begin}", "labels": kinds.tolist()})
    client.close()
    return version, right / len(pictures)


def _judge(url: str, said: object) -> None:
    connection = HTTPConnection(url, timeout=LONGEST)
    connection.request("POST", "/v2/models/sorter/feedback", json.dumps(said))
    answer = connection.getresponse()
    if answer.status != HTTPStatus.OK:
        sys.exit(f"feedback is not taken: {answer.read().decode()}")
    connection.close()


def is_ready(url: str) -> bool:
    """Whether a model server serves all that it should."""
    client = triton.InferenceServerClient(url)
    try:
        return bool(client.is_server_ready())
    except OSError:
        return False
    finally:
        client.close()


def is_served(url: str, version: str) -> bool:
    """Whether a version answers whoever names none."""
    client = triton.InferenceServerClient(url)
    try:
        return bool(client.get_model_metadata("sorter")["versions"][0] == version)
    finally:
        client.close()


def free_port() -> int:
    """One that nobody here listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def end(processes: Sequence[subprocess.Popen[bytes] | None]) -> None:
    """Have agents end as `systemctl stop` does."""
    for one in processes:
        if one is not None:
            one.terminate()
            one.wait(LONGEST)
