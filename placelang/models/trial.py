"""Loading a model with one execution provider and running it once on zeros, in the process that is there for it."""

from __future__ import annotations

from dataclasses import replace

from placelang.models.inspection import Trial
from placelang.models.session import chosen, memory, open_session, reason, share, zeros


def attempt(provider: str, path: str) -> Trial:
    """What becomes of the model. Providers have as many ways to fail as they have makers: each is a reason."""
    before = memory("VmRSS")
    trial = Trial(provider, "no", runtime_memory=before)
    try:
        session = open_session(provider, path)
        trial = replace(trial, runs=share(session, provider))
        if trial.runs == "no":
            return replace(trial, reason="it takes none of the operators", runtime_memory=None)
    except Exception as error:  # noqa: BLE001 - see above
        return replace(trial, reason=reason(error), runtime_memory=None)
    try:
        session.run(None, zeros(session))
        trial = replace(trial, dry_run=True, as_one=chosen(session))
    except Exception as error:  # noqa: BLE001 - see above
        trial = replace(trial, reason=reason(error))
    return replace(trial, own_memory=max(0, memory("VmHWM") - before))
