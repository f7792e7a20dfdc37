"""Commands that change what runs: carried out here, or handed to the agent that owns the host, and told."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from placelang_runtime.cli.at_host import Options, read_config, scene_for, state_of, told
from placelang_runtime.cli.exits import Exit

if TYPE_CHECKING:
    from placelang_runtime.apply.requests import Request


def change(options: Options, request: Request, *, as_json: bool) -> Exit:
    """Do what is asked, and tell what came of it."""
    from placelang_runtime.agent.ask import agent_at, hand_over
    from placelang_runtime.apply.requests import make_change
    from placelang_runtime.apply.told import told_of
    from placelang_runtime.cli.telling import Teller, tell
    from placelang_runtime.state import BusyError

    teller = Teller(as_json=as_json)
    with told(), ending_in_time():
        config = read_config(options)
        try:
            with (
                state_of(config) as state,
                scene_for(options, config, state, request, report=teller) as scene,
            ):
                answer = told_of(make_change(scene, request), scene.part.site)
        except BusyError:
            agent = agent_at(config.state)
            if agent is None:
                raise
            with closing(agent):
                refuse_engines(options)
                answer = hand_over(agent, request, teller)
    teller.clear()
    return tell(answer, as_json=as_json)


@contextmanager
def ending_in_time() -> Iterator[None]:
    """Whoever is told to end does so as after Ctrl-C: once what was begun has ended, and is noted."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def refuse_engines(options: Options) -> None:
    """Raise ChangeError where the engines of an agent's host are to be others than it has."""
    from placelang_runtime.apply.changes import ChangeError

    if options.engines or options.driver:
        raise ChangeError("the agent of this host has an engine of its own: leave out --engine and --driver")
