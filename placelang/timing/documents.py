"""Jobs and their timetable as the plan carries them, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from placelang.arrange.containers import common
from placelang.arrange.windows import hours_at
from placelang.cite import cite
from placelang.lower import Lowered
from placelang.lower.devices import thing_needs
from placelang.lower.values import values_of
from placelang.program import DeviceNeed, GpuNeed, Job
from placelang.timing.begun import Begun
from placelang.timing.dues import FORM, Posed, Span
from placelang.timing.late import Why
from placelang.timing.load import zone_of
from placelang.timing.posing import Asked
from placelang_runtime import part as document
from placelang_runtime import timetable as header
from placelang_runtime.part import Privileges
from placelang_runtime.plan import Plan
from placelang_scheduler.timetable import Slot, Timing


def jobs_of(
    lowered: Lowered, asked: Asked, timing: Timing, span: Span | None, begun: Sequence[Begun] = ()
) -> dict[str, tuple[document.Job, ...]]:
    """By site, its jobs in order: those of which each site has its own, and those that have a run there, begun or
    planned."""
    runs: dict[tuple[int, int], list[document.JobRun]] = defaultdict(list)
    for early in begun:
        runs[early.job, early.site].append(early.run)
    values = [values_of(one.job.body, lowered.world, lowered.program.images) for one in asked.posed]
    for number, slot in enumerate(timing.slots):
        if slot is not None and span is not None:
            due = asked.dues[number]
            host = asked.table.runs[number].modes[slot.mode].place
            site = int(lowered.world.hosts.parents[host])
            image, env = values[due.job].image_on(host, None), values[due.job].env_on(host, None)
            made = _run(lowered, asked, number, slot, span).model_copy(update={"image": image, "env": env})
            runs[due.job, site].append(made)
    found: dict[str, list[document.Job]] = defaultdict(list)
    for number, one in enumerate(asked.posed):
        own = one.sites if one.job.body.replicas.per is not None else ()
        for site in sorted({*own, *(at for job, at in runs if job == number)}):
            ordered = sorted(runs.get((number, site), ()), key=lambda run: (run.start, run.round, run.host))
            found[lowered.world.sites.names[site]].append(_job(lowered, one, site, tuple(ordered)))
    return {site: tuple(sorted(jobs, key=lambda job: job.name)) for site, jobs in found.items()}


def _job(lowered: Lowered, posed: Posed, site: int, runs: tuple[document.JobRun, ...]) -> document.Job:
    job, body = posed.job, posed.job.body
    moved = {transfer.way: int(transfer.amount) for transfer in job.transfers}
    return document.Job(
        name=job.name,
        app=body.app,
        priority=body.priority,
        tags=body.tags,
        minutes=job.minutes,
        hours=hours_at(lowered, job.rounds.window, site) if job.rounds.window is not None else None,
        each_minutes=job.rounds.each,
        once=job.rounds.once,
        retries=job.retries,
        after=tuple(name for name, _ in job.after),
        upload=moved.get("upload", 0),
        download=moved.get("download", 0),
        runs=runs,
        in_all=body.replicas.per is None,
        privileges=Privileges(
            user=body.user,
            writable_root=body.writable_root,
            capabilities=tuple(sorted(body.capabilities)),
            host_network=body.host_network,
            privileged=body.privileged,
        ),
        **common(body, body.needs, lowered.program),
    )


def _run(lowered: Lowered, asked: Asked, number: int, slot: Slot, span: Span) -> document.JobRun:
    """A run, but for what depends on its host."""
    due, run = asked.dues[number], asked.table.runs[number]
    job, host = asked.posed[due.job].job, run.modes[slot.mode].place
    start, end = span.moment(slot.start), span.moment(slot.start + run.duration)
    zone = zone_of(lowered, int(lowered.world.hosts.parents[host]))
    picked = iter(asked.table.pools[pool].id.split("/", 2)[2] for pool in slot.picked)
    gpus, devices = [], []
    for need in thing_needs(job.body):
        if isinstance(need, GpuNeed):
            gpus += [next(picked) for _ in range(need.count)]
        elif isinstance(need, DeviceNeed):
            devices += [_device(lowered, need, next(picked)) for _ in range(need.count)]
    if due.opens is None or due.closes is None:
        raise TypeError("a run without a round")
    return document.JobRun(
        round=due.round or "",
        opens=f"{due.opens:{FORM}}",
        closes=f"{due.closes:{FORM}}",
        host=lowered.world.hosts.names[host],
        start=f"{start:{FORM}}",
        end=f"{end:{FORM}}",
        clock=f"{start.astimezone(zone):%Y-%m-%d %H:%M}" if zone is not None else None,
        image=None,
        env={},
        gpus=tuple(gpus),
        devices=tuple(devices),
    )


def _device(lowered: Lowered, need: DeviceNeed, name: str) -> document.Device:
    table = lowered.world.devices
    path = table.facts["path"].value(table.rows[name])
    return document.Device(kind=need.device, name=name, path=path if isinstance(path, str) else None)


def timetable_of(
    lowered: Lowered, asked: Asked, timing: Timing, span: Span | None, why: Mapping[int, Why]
) -> header.Timetable:
    """What of it holds for the whole fleet: rounds left out, those of one job and reason together."""
    late: dict[tuple[str, Why], list[header.LateRun]] = {}
    for number, reason in sorted(why.items()):
        due = asked.dues[number]
        run = header.LateRun(
            site=lowered.world.sites.names[due.site] if due.site >= 0 else None,
            round=due.round,
            opens=f"{due.opens:{FORM}}" if due.opens is not None else None,
        )
        late.setdefault((asked.posed[due.job].job.name, reason), []).append(run)
    return header.Timetable(
        since=f"{span.since:{FORM}}" if span is not None else None,
        until=f"{span.until:{FORM}}" if span is not None else None,
        levels=tuple(header.RunLevel(name=v.name, value=v.value, bound=v.bound) for v in timing.levels),
        late=tuple(
            header.Late(
                job=name,
                clause=cite(lowered.sources, reason.span),
                reason=reason.text,
                proved=reason.proved,
                runs=tuple(runs),
            )
            for (name, reason), runs in late.items()
        ),
    )


# --- and back --------------------------------------------------------------------------------------------------------


def slots_of(
    plan: Plan, lowered: Lowered, asked: Asked, span: Span, begun: Sequence[Begun]
) -> tuple[list[Slot | None], list[str]]:
    """The slots that a plan's runs stand for, and what could not be made out."""
    names = lowered.world.sites.names
    early = {_key(names[one.site], asked.posed[one.job].job.name, one.run) for one in begun}
    waiting: dict[tuple[str, str, str], list[document.JobRun]] = defaultdict(list)
    for part in plan.parts:
        for carried in part.jobs:
            for run in carried.runs:
                if _key(part.site, carried.name, run) not in early:
                    waiting[carried.name, part.site, run.round].append(run)
    pools = {pool.id: index for index, pool in enumerate(asked.table.pools)}
    slots: list[Slot | None] = []
    strange = []
    for number, due in enumerate(asked.dues):
        job = asked.posed[due.job].job
        sites = [due.site] if due.site >= 0 else asked.posed[due.job].sites
        keys = [(job.name, lowered.world.sites.names[site], due.round or "") for site in sites]
        key = next((key for key in keys if waiting.get(key)), None)
        slot = None
        if key is not None:
            run = waiting[key].pop(0)
            start = span.read(run.start)
            slot = _slot(lowered, asked, number, (run, start), pools)
            if slot is None:
                strange.append(f"a run of {job.name} on {run.host} at {run.start} is not as it could be")
        slots.append(slot)
    strange += [f"a run of {name} at {site} is not due" for (name, site, _), left in waiting.items() if left]
    return slots, strange


def _key(site: str, job: str, run: document.JobRun) -> tuple[str, ...]:
    return site, job, run.round, run.host, run.start


def _slot(
    lowered: Lowered,
    asked: Asked,
    number: int,
    said: tuple[document.JobRun, int | None],
    pools: Mapping[str, int],
) -> Slot | None:
    """The slot of a run that starts at a minute."""
    asked_run, (run, start) = asked.table.runs[number], said
    picked = list(_picked(asked.posed[asked.dues[number].job].job, run))
    for index, mode in enumerate(asked_run.modes):
        if (
            lowered.world.hosts.names[mode.place] == run.host
            and start is not None
            and mode.first <= start <= mode.last
            and all(name in pools for name in picked)
        ):
            return Slot(index, start, tuple(pools[name] for name in picked))
    return None


def _picked(job: Job, run: document.JobRun) -> Iterator[str]:
    """The pools of what a run holds, need by need."""
    gpus, devices = iter(run.gpus), iter(device.name for device in run.devices)
    for need in thing_needs(job.body):
        if isinstance(need, GpuNeed):
            yield from (f"thing/gpu/{next(gpus, '?')}" for _ in range(need.count))
        elif isinstance(need, DeviceNeed):
            yield from (f"thing/device/{next(devices, '?')}" for _ in range(need.count))
