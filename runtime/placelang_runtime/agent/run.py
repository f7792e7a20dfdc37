"""An agent with all that takes part in it, from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, Final

from placelang_runtime.agent.ask import SOCKET
from placelang_runtime.agent.facts import Prober
from placelang_runtime.agent.follow import follow_engine
from placelang_runtime.agent.hands import Attentive
from placelang_runtime.agent.http import Desk, visits
from placelang_runtime.agent.inbox import Inbox
from placelang_runtime.agent.loop import Agent
from placelang_runtime.agent.metrics import metrics
from placelang_runtime.agent.organ import CLOCK, Organ
from placelang_runtime.agent.releases import Releases
from placelang_runtime.agent.rollouts import Rollouts
from placelang_runtime.agent.upstream import Upstream, post
from placelang_runtime.apply.accept import believed_by
from placelang_runtime.apply.hands import Threads
from placelang_runtime.doors import Door, LocalDoor, door_at
from placelang_runtime.drivers import Driver
from placelang_runtime.host_config import HostConfig
from placelang_runtime.jobs.asked import ask
from placelang_runtime.journal import Happening
from placelang_runtime.neighbours.organ import Offering
from placelang_runtime.provision.provider import HostProvider
from placelang_runtime.site.organ import SiteOrgan, lookout_for
from placelang_runtime.state import State
from placelang_runtime.trust.host_key import host_key
from placelang_runtime.trust.keys import PrivateKey
from placelang_runtime.watch.asking import ask_model
from placelang_runtime.watch.collect import Collector
from placelang_runtime.watch.organ import Watching
from placelang_runtime.watch.seen import Seen

LOOKING: Final = 4
"""So many things are looked at at once."""
STALLED: Final = 120.0
"""Seconds after which an agent that decides nothing is not well."""


def run_agent(
    config: HostConfig,
    state: State,
    drivers: Mapping[str, Driver],
    inbox: Inbox,
    tell: Callable[[Happening], None],
) -> None:
    """Own the host until the inbox hears of the end. Raises OSError where an address cannot be had, BadKeyError."""
    key = host_key(state.folder)
    kept = replace(config, state=state.folder)
    with Attentive() as hands, ExitStack() as stack:
        agent = Agent(
            config=config,
            state=state,
            drivers=drivers,
            hands=hands,
            clock=CLOCK,
            provider=lambda part: HostProvider(part, kept, drivers),
            inbox=inbox,
            tell=tell,
        )
        lookout = lookout_for(config.host, key, state.folder, config.memory, inbox.stir)
        site = SiteOrgan(lookout, state.journal, agent.view, agent.happen)
        stack.callback(site.close)
        site.start()
        offering = Offering(state.folder, state.journal, drivers[config.host])
        stack.callback(offering.close)
        watching = tuple(_watching(agent, stack))
        rollouts = Rollouts(
            agent.part,
            state.journal,
            tuple(drivers),
            agent.view,
            agent.happen,
            lambda: frozenset[str]().union(*(one.alarmed for one in watching)),
        )
        agent.organs = (site, rollouts, offering, *watching, *_reporting(agent, key, watching, rollouts))
        agent.allowed = site.allowed
        hands.attend = agent.attend
        _open_doors(agent, stack)
        for driver in drivers.values():
            follow_engine(driver, agent.inbox.stir)
        agent.live()


def _watching(agent: Agent, stack: ExitStack) -> Iterator[Watching]:
    """What watches each host for the rules of monitors."""
    for host, driver in agent.drivers.items():
        watching = Watching(
            host=host,
            journal=agent.state.journal,
            collector=Collector(driver, stack.enter_context(Threads(LOOKING)), ask_model=ask_model),
            part=agent.part,
            wanted=partial(agent.wanted, host),
            happen=agent.happen,
            run_job=partial(_run_job, agent, host),
        )
        watching.begin()
        yield watching


def _run_job(agent: Agent, host: str, job: str, _why: str) -> str:
    part = agent.part()
    if part is None:
        return "cannot be run: no part holds"
    agent.inbox.stir()
    return ask(part, host, agent.state.journal, job, agent.clock.wall())


def _reporting(
    agent: Agent, key: PrivateKey, watching: tuple[Watching, ...], rollouts: Rollouts
) -> Iterator[Organ]:
    """What tells others of this host, if anybody shall know."""
    config, journal = agent.config, agent.state.journal
    if config.report is not None:
        agent.view.happened = journal.last_happening()
        yield Upstream(
            host=config.host,
            key=key,
            journal=journal,
            prober=Prober(
                config.host, config.site, config.report_every, agent.inbox.nudge, _member(config, key)
            ),
            view=agent.view,
            inbox=agent.inbox,
            driver=agent.drivers[config.host],
            every=config.report_every,
            wall=agent.clock.wall,
            send=partial(post, config.report),
            rollouts=rollouts,
            releases=Releases(config, agent.state, agent.happen),
            watching=next((one for one in watching if one.host == config.host), None),
        )


def _member(config: HostConfig, key: PrivateKey) -> dict[str, str]:
    """How others of its site know the host."""
    address = {} if config.address is None else {"member.address": config.address}
    return {"member.key": str(key.public), **address}


def _open_doors(agent: Agent, stack: ExitStack) -> None:
    config, folder = agent.config, agent.state.folder
    desk = Desk(
        inbox=agent.inbox,
        check=lambda text: believed_by(config, folder, text, unsigned=False),
        health=lambda: health(agent),
        metrics=lambda: metrics(agent),
        seen=lambda: seen(agent).model_dump_json(),
    )
    from_anywhere, by_owner = visits(desk)
    listen = config.listen
    doors: list[Door] = [] if listen is None else [door_at(listen.host, listen.port, from_anywhere)]
    doors.append(LocalDoor(folder / SOCKET, by_owner))
    for door in doors:
        door.open()
        stack.callback(door.close)
    stack.callback((folder / SOCKET).unlink, missing_ok=True)


def seen(agent: Agent) -> Seen:
    """What is measured of services and models on its hosts, and who hears of it."""
    view = agent.view
    hosts = (one.seen for one in agent.organs if isinstance(one, Watching))
    return Seen(
        site=view.site,
        reports=agent.config.report,
        trouble=view.upstream,
        unheard=0 if agent.config.report is None else max(0, view.happened - view.told),
        hosts=tuple(one for one in hosts if one is not None),
    )


def health(agent: Agent) -> tuple[bool, dict[str, Any]]:
    """How it goes, and whether that is well: everything runs as it shall, and the agent decides."""
    silent = CLOCK.boottime() - agent.view.beats
    data = {"format": "placelang/agent-health/1", "host": agent.config.host} | agent.view.as_data()
    return agent.view.settled and silent < STALLED, data | {"decided_seconds_ago": round(silent, 1)}
