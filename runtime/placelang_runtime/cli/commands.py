"""The commands of a host, one line each: `placelang` and `placelang-agent` have the same."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Final

from placelang_runtime.cli import (
    agent,
    apply,
    arbiter,
    container_logs,
    drain,
    install,
    key,
    model_history,
    model_retire,
    remove,
    rollback,
    rollout,
    runs,
    sign,
    status,
)
from placelang_runtime.cli.exits import Exit

Commands = tuple[tuple[str, ModuleType, Callable[..., Exit]], ...]

COMMANDS: Final[Commands] = (
    ("apply", apply, apply.apply),
    ("status", status, status.status),
    ("logs", container_logs, container_logs.logs),
    ("history", runs, runs.history),
    ("rollback", rollback, rollback.rollback),
    ("drain", drain, drain.drain),
    ("resume", drain, drain.resume),
    ("remove", remove, remove.remove),
    ("sign", sign, sign.sign),
)
ROLLOUTS: Final[Commands] = (
    ("begin", rollout, rollout.begin),
    ("pause", rollout, rollout.pause),
    ("abort", rollout, rollout.abort),
)
MODELS: Final[Commands] = (
    ("history", model_history, model_history.history),
    ("retire", model_retire, model_retire.retire),
)
KEYS: Final[Commands] = (
    ("new", key, key.new),
    ("show", key, key.show),
    ("change", key, key.change),
    ("accept", key, key.accept),
    ("host", key, key.host),
)
AGENT: Final[Commands] = (
    ("run", agent, agent.run),
    ("install", install, install.install),
    ("arbiter", arbiter, arbiter.arbiter),
)
AGENT_HELP: Final = "This host, as one that carries out plans."
MODELS_HELP: Final = "Models that serve here, and did."
ROLLOUTS_HELP: Final = "How apps change on this site, as a person here says: `status` tells what waits."
KEYS_HELP: Final = "Keys that sign plans, and which of them a host trusts."
