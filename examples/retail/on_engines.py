"""One store of the chain, on real container engines: planned, signed, applied, updated, broken, rolled back, removed.

Each host of the store has an engine in a network of its own, and what runs there is small: a web server that says that
it is ready, or something that only waits. The plan, the commands and the engines are what they would be in the store.
The camera is /dev/zero, and
there is no GPU. Needs root, Debian's docker.io and busybox-static; `make host-demo` runs it.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.engines import Engine, box, missing, running_engine

HERE = Path(__file__).parent
STORE = "aar"
HOSTS = ("aar-1", "aar-2", "aar-pos")
REGISTRY = "registry.example.com"
WAITS = "trap 'exit 0' TERM; tail -f /dev/null & wait"
SERVES = "trap 'exit 0' TERM; echo ready on {port}; httpd -f -p {port} -h /www & wait"
BREAKS = "trap 'exit 0' TERM; echo 'cannot load the model: it is for another GPU' >&2; httpd -f -p 8000 -h /tmp & wait"
IMAGES = {
    "checkout/till-sync:8.4": SERVES.format(port=9443),
    "platform/logs:2.1": WAITS,
    "lp/detector:3.1.0": SERVES.format(port=8000),
    "lp/detector:3.1.1": SERVES.format(port=8000),
    "lp/detector:3.2.0": BREAKS,
    **{
        f"lp/{name}:{version}": WAITS
        for name in ("recorder", "pager")
        for version in ("3.1.0", "3.1.1", "3.2.0")
    },
}
DONE, INPUT, PARTIAL = 0, 1, 3


@dataclass(frozen=True)
class Demo:
    """A folder to work in, and the engine of each host."""

    folder: Path
    engines: dict[str, Engine]

    @property
    def all_engines(self) -> list[str]:
        return [word for host, one in self.engines.items() for word in ("--engine", f"{host}={one.address}")]

    def run(self, *arguments: str, code: int = DONE, quiet: bool = False) -> str:
        """Give a command, show it and what it says, and hold it to its exit code."""
        shown = " ".join(arguments).replace(" ".join(self.all_engines), "$ENGINES")
        print(f"\n$ placelang {shown}", flush=True)
        ended = subprocess.run(
            [sys.executable, "-m", "placelang", *arguments],
            cwd=self.folder,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        print("  (as `make demo` shows)" if quiet else ended.stdout.rstrip(), flush=True)
        if ended.returncode != code:
            sys.exit(f"exit code {ended.returncode}, and {code} was expected")
        return ended.stdout

    def on_engines(self, *arguments: str, code: int = DONE) -> str:
        """Give a command for all hosts of the store."""
        return self.run(*arguments, "--config", "host.toml", *self.all_engines, code=code)

    def plan(self, version: str, number: int) -> str:
        """Plan the chain with a version of loss prevention, and sign it; the store's part."""
        before = ("--current", f"{number - 1}.json") if number > 1 else ()
        wanted = ("retail.place", "--inventory", "inventory.yaml", "--set", f"version={version}")
        self.run("plan", *wanted, *before, "--output", f"{number}.json", code=PARTIAL, quiet=True)
        self.run(
            "sign", f"{number}.json", "--key", "fleet.key", "--sequence", str(number), "-o", f"parts-{number}"
        )
        return f"parts-{number}/{STORE}.part.json"


def say(text: str) -> None:
    """Tell what comes next."""
    print(f"\n--- {text}", flush=True)


def root() -> bytes:
    """An image's files: busybox, and pages that say that a service is ready."""
    packed = io.BytesIO(box())
    with tarfile.open(fileobj=packed, mode="a") as tar:
        for name in ("www/ready", "www/v2/health/ready"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    return packed.getvalue()


def bring_images(engine: Engine) -> None:
    """Have all images on one host, as if somebody had brought them there."""
    files = root()
    for name, script in IMAGES.items():
        repository, _, tag = f"{REGISTRY}/{name}".rpartition(":")
        changes = ["ENV PATH=/bin", f'CMD ["/bin/sh", "-c", "{script}"]']
        engine.client.import_image_from_data(files, repository, tag, changes)


def prepare(folder: Path) -> None:
    """The files of the example, with a camera that is here, and what the hosts allow."""
    shutil.copytree(HERE, folder, dirs_exist_ok=True)
    file = folder / "inventory.yaml"
    known = file.read_text(encoding="utf-8").replace("/dev/video0", "/dev/zero")
    file.write_text(
        re.sub(r"\n {8}gpus:(?: .*|(?:\n {9,}.*)+)", r"\n        gpus: []", known), encoding="utf-8"
    )


def trust(demo: Demo) -> None:
    """A key, and hosts that trust it."""
    key = demo.run("key", "new", "fleet.key").split("\n")[0]
    allowed = f'trusted_keys = ["{key}"]\nhost_paths = ["/var/log"]\nstate = "state"\n'
    (demo.folder / "host.toml").write_text(
        f'host = "{HOSTS[0]}"\nsite = "{STORE}"\n{allowed}', encoding="utf-8"
    )


def show(demo: Demo) -> None:
    """All that happens to the store, from its first plan to its last day."""
    say("The store gets its first plan. Images are on one host; the others have them from there")
    first = demo.plan("3.1.0", 1)
    demo.on_engines("apply", first, "--dry-run")
    demo.on_engines("apply", first)
    demo.on_engines("status")
    say("Once more: there is nothing to do")
    demo.on_engines("apply", first)
    say("A new version of loss prevention")
    demo.on_engines("apply", demo.plan("3.1.1", 2))
    say(
        "A version that never says that it is ready: loss prevention goes back by itself, the tills never notice"
    )
    demo.on_engines("apply", demo.plan("3.2.0", 3), code=PARTIAL)
    demo.on_engines("status")
    say("An old plan is refused, whoever hands it over")
    demo.on_engines("apply", first, code=INPUT)
    say("Somebody wants the version before that back")
    demo.on_engines("rollback", "loss-prevention")
    demo.on_engines("status")
    demo.on_engines("logs", "loss-prevention.detector")
    say("The store closes")
    for app in ("loss-prevention", "checkout", "observability"):
        demo.on_engines("remove", app, "--volumes")
    left = [container for engine in demo.engines.values() for container in engine.client.containers(all=True)]
    if left:
        sys.exit(f"{len(left)} containers are left")
    demo.run("history", "--config", "host.toml")


def main() -> None:
    """Have engines, files and keys, and show it."""
    lacking = missing()
    if lacking:
        sys.exit(lacking)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="store-")))
        engines = {host: stack.enter_context(running_engine()) for host in HOSTS}
        bring_images(engines[HOSTS[0]])
        demo = Demo(folder, engines)
        prepare(folder)
        print(f"ENGINES='{' '.join(demo.all_engines)}'")
        trust(demo)
        show(demo)


if __name__ == "__main__":
    main()
