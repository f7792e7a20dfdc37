"""The models that a server has loaded, kept as its manifest says.

A changed manifest is taken up by itself: what is new in it is loaded beside what serves, then takes its place between
two requests; what was begun with the old version ends with it. What cannot be loaded changes nothing: the old version
serves on, and the server is not ready, as it does not serve what it should.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final

from placelang_runtime.drift.watcher import Watcher
from placelang_runtime.serve.batching import Batcher
from placelang_runtime.serve.limits import Limits
from placelang_runtime.serve.loaded import LoadError, load
from placelang_runtime.serve.log import log
from placelang_runtime.serve.manifest import FILE, Entry, Manifest, ManifestError, read_manifest
from placelang_runtime.serve.metrics import Metrics
from placelang_runtime.serve.refusals import RefusalError, busy, quoted
from placelang_runtime.serve.trial import Trial

LOOK_EVERY: Final = 0.5
RETRY_AFTER: Final = 30.0
"""Seconds until what could not be loaded is tried again, though the manifest is as it was."""
_MOST_MODELS: Final = 256
_Stamp = tuple[int, int, int]


@dataclass(slots=True)
class Models:
    folder: Path
    limits: Limits
    metrics: Metrics
    serving: dict[str, dict[str, Batcher]] = field(default_factory=dict)
    """By name and version, as the manifest orders them."""
    missing: dict[str, str] = field(default_factory=dict)
    """Why models of the manifest are not served as it says."""
    trials: dict[str, Trial] = field(default_factory=dict)
    """Of new versions, by model."""
    taken: _Stamp | None = None
    """Which manifest all of this is by."""
    runs: ThreadPoolExecutor = field(init=False)
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.runs = ThreadPoolExecutor(_MOST_MODELS, "run")

    def find(self, name: str, version: str | None) -> Batcher:
        """What serves it. Raises RefusalError."""
        versions = self.serving.get(name)
        if versions is None and name in self.missing:
            raise busy(f"the model {quoted(name)} is not loaded yet")
        if versions is None and self.taken is None:
            raise busy("models are loaded just now")
        if versions is None:
            raise RefusalError(HTTPStatus.NOT_FOUND, f"there is no model {quoted(name)}")
        if version is None:
            return next(iter(versions.values()))
        if version not in versions:
            there = ", ".join(map(quoted, versions))
            raise RefusalError(
                HTTPStatus.NOT_FOUND,
                f"there is no version {quoted(version)} of {quoted(name)}: there is {there}",
            )
        return versions[version]

    def trial(self, name: str, version: str | None, found: Batcher) -> Trial | None:
        """The trial that a request takes part in, which `found` would answer: it names no version."""
        trial = self.trials.get(name)
        return trial if trial is not None and version is None and trial.kind and trial.old is found else None

    @property
    def ready(self) -> bool:
        """Whether all that the manifest on the disk says, as it is now, is what serves."""
        return self.taken is not None and self.taken == self._stamp() and not self.missing

    async def watch(self) -> None:
        """Keep to the manifest, for as long as this is not cancelled."""
        waited = 0.0
        while True:
            if self._stamp() != self.taken or self.taken is None or (self.missing and waited >= RETRY_AFTER):
                await self._take_up()
                waited = 0.0
            self.judge()
            await asyncio.sleep(LOOK_EVERY)
            waited += LOOK_EVERY

    def _stamp(self) -> _Stamp | None:
        try:
            found = (self.folder / FILE).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    async def _take_up(self) -> None:
        stamp = self._stamp()
        try:
            manifest = read_manifest(self.folder)
        except ManifestError as error:
            if self.missing != (missing := {"": str(error)}):
                log(str(error))
            self.missing, self.taken = missing, stamp
            return
        missing = {}
        for entry in manifest.models:
            why = await self._serve(entry.untried)
            if why is not None:
                missing[entry.name] = why
        self._drop(manifest)
        self._try(manifest)
        self.missing, self.taken = missing, stamp

    def _try(self, manifest: Manifest) -> None:
        """Begin the trials that the manifest asks for; those that go on, or are over, stay as they are."""
        before = self.trials
        self.trials = {}
        for entry in manifest.models:
            versions = self.serving.get(entry.name, {})
            if not entry.phases or entry.version not in versions:
                continue
            old, new = next(iter(versions.values())), versions[entry.version]
            trial = before.get(entry.name)
            if trial is not None and (trial.old, trial.new) == (old, new):
                self.trials[entry.name] = trial
                self._promote(entry.name, trial)
            elif old is not new:
                self.trials[entry.name] = Trial(old, new, deque(entry.phases))
                log(f"{entry.name} {entry.version} is tried beside {old.loaded.entry.version}")

    def judge(self) -> None:
        """See which trials are over, and have what passed take its place."""
        for name, trial in self.trials.items():
            if trial.told_over:
                continue
            trial.judge()
            version = trial.new.loaded.entry.version
            if trial.passed is not None:
                trial.told_over = True
                log(f"{name} {version} " + ("passed its trial" if trial.passed else f"goes: {trial.why}"))
                self._promote(name, trial)

    def _promote(self, name: str, trial: Trial) -> None:
        """Have a version that passed answer whoever names none; the one before stays for those that name it."""
        if trial.passed:
            self.serving[name] = {trial.new.loaded.entry.version: trial.new} | self.serving[name]

    async def _serve(self, entry: Entry) -> str | None:
        """Why it cannot be, None once it is."""
        old = self.serving.get(entry.name, {}).get(entry.version)
        if old is not None and old.loaded.entry == entry:
            return None
        try:
            loaded = await asyncio.to_thread(load, self.folder, entry, self.limits.threads)
        except LoadError as error:
            self.metrics.failed(entry)
            log(f"{entry.name} {entry.version} cannot be served: {error}")
            return str(error)
        if old is not None:
            self.metrics.dropped(old.loaded.entry)
        batcher = Batcher(loaded, self.limits.batch, self.limits.queue, self.runs)
        batcher.watcher = Watcher(entry.name, entry.version, loaded.baseline)
        batcher.meter = self.metrics.loaded(entry, lambda: len(batcher.queue))
        self.serving.setdefault(entry.name, {})[entry.version] = batcher
        together = f"at most {self.limits.batch} rows together" if loaded.batches else "one request at a time"
        log(f"{entry.name} {entry.version} is served by {', '.join(loaded.providers)}, {together}")
        return None

    def _drop(self, manifest: Manifest) -> None:
        """Leave what the manifest has, in its order; a model of which no version could be loaded keeps those that it
        had."""
        wanted: dict[str, list[str]] = {}
        for entry in manifest.models:
            wanted.setdefault(entry.name, []).append(entry.version)
        for name, versions in list(self.serving.items()):
            kept = _kept(versions, wanted.get(name, []))
            for version in versions.keys() - kept.keys():
                self.metrics.dropped(versions[version].loaded.entry)
                log(f"{name} {version} is served no more")
            if kept:
                self.serving[name] = kept
            else:
                del self.serving[name]


def _kept(versions: Mapping[str, Batcher], wanted: list[str]) -> dict[str, Batcher]:
    there = [version for version in wanted if version in versions]
    if wanted and not there:
        return dict(versions)
    return {version: versions[version] for version in there}
