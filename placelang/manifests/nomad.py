"""Jobs of Nomad, in the form of its API (`nomad job run -output`, `nomad job inspect`) or in HCL.

https://developer.hashicorp.com/nomad/docs/job-specification
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source
from placelang.importers.amounts import whole
from placelang.importers.record import Record
from placelang.importers.texts import Text, read_texts
from placelang.inventory.faults import path
from placelang.inventory.model import Place
from placelang.inventory.values import Wrong
from placelang.manifests import cron, nomad_rules, nomad_tasks
from placelang.manifests.draft import Block, Draft, value_at
from placelang.manifests.nomad_constraints import POOL
from placelang.manifests.nomad_hcl import read_hcl
from placelang.manifests.patterns import glob
from placelang.manifests.predicates import Predicate, any_of, one_of
from placelang.manifests.written import brief, comment, pattern

SOURCE: Final = "Nomad"
USUAL_PRIORITY: Final = 50
_KINDS = ("service", "batch", "system", "sysbatch")
_ABOUT = (
    "ID",
    "Name",
    "Type",
    "Stop",
    "Status",
    "StatusDescription",
    "Stable",
    "Version",
    "SubmitTime",
    "CreateIndex",
)


def translate(documents: Sequence[Record], draft: Draft) -> tuple[list[Record], list[Record]]:
    """Put the jobs into the draft, an app for each; returns the jobs, and what is none."""
    refused = []
    jobs = []
    for document in documents:
        job = document.record("Job") if isinstance(document.data.get("Job"), dict) else document
        if job is None or not isinstance(job.data.get("TaskGroups"), list):
            hint = "`nomad job run -output FILE` prints a job as JSON"
            document.fault(Wrong(Code.MISSING_KEY, "this is no job of Nomad: it has no `TaskGroups`", hint))
            refused.append(document)
        else:
            jobs.append((document, job))
    ranked = any((job.data.get("Priority") or USUAL_PRIORITY) != USUAL_PRIORITY for _, job in jobs)
    for _, job in jobs:
        _job(job, draft, ranked=ranked)
    return [document for document, _ in jobs], refused


def _job(job: Record, draft: Draft, *, ranked: bool) -> None:
    kind = job.string("Type") or "service"
    if kind not in _KINDS:
        job.fault(Wrong(Code.WRONG_TYPE, f"there is no job of type {comment(kind)}"), "Type")
        kind = "service"
    app = draft.app(job.string("ID") or job.string("Name") or "job")
    for key in (*_ABOUT, "ModifyIndex", "JobModifyIndex", "Datacenters", "NodePool"):
        job.get(key)
    blocks: list[tuple[Block, Record]] = []
    for group in job.records("TaskGroups"):
        block = app.block("job" if "batch" in kind else "service", group.string("Name") or "group")
        _count(block, job, group, kind)
        _where(block, draft, job)
        nomad_rules.say(block, draft, (job, group, *group.records("Tasks")), [other for other, _ in blocks])
        nomad_tasks.say(block, draft, group)
        if ranked:
            priority = job.read(whole, "Priority")
            block.say(
                "priority", f"priority {min((USUAL_PRIORITY if priority is None else priority) * 10, 1_000)}"
            )
        blocks.append((block, group))
    job.get("Priority")
    for place in job.unread():
        owner = next((block for block, group in blocks if place[: len(group.place)] == group.place), None)
        if owner is not None or blocks:
            _leave(owner or blocks[0][0], job, place, of_job=owner is None)


def _leave(block: Block, job: Record, place: Place, *, of_job: bool) -> None:
    """Note what nothing was read of: in its group, or in the first one of the job."""
    shown = place[len(job.place) :] if of_job else place[len(job.place) + 2 :]
    value = value_at(job.data, place[len(job.place) :])
    steps = [step for step in shown if isinstance(step, str)]
    if value not in (None, "", False, [], {}, 0):
        block.note(
            steps[-1] if steps else "value", f"{path(shown)}{' of the job' if of_job else ''}: {brief(value)}"
        )


def _count(block: Block, job: Record, group: Record, kind: str) -> None:
    count = group.read(whole, "Count")
    if kind in ("system", "sysbatch"):
        block.say("type", "replicas 1 per host" if kind == "system" else "replicas 1")
        if kind == "sysbatch":
            block.lose("type", job, "a job that runs once on each host has no counterpart", "Type")
    else:
        if count == 0:
            block.note("count", "count: 0, so that none runs there now")
        block.say("count", f"replicas {min(max(1 if count is None else count, 1), 1_000_000)}")
    if block.kind != "job":
        return
    periodic = job.record("Periodic")
    lasts = cron.assumed(periodic.string("Spec") if periodic else None)
    block.clauses.append(f"lasts {lasts}")
    block.remark(f"how long a run takes is not said there: {lasts} is assumed")
    if periodic is not None and periodic.get("Enabled") is not False:
        periodic.get("SpecType")
        cron.say(block, periodic, ("Spec",), lasts)
        for key in ("Spec", "Specs"):
            periodic.get(key)


def _where(block: Block, draft: Draft, job: Record) -> None:
    """The datacenters and the pool of the job, and nodes that take work."""
    written = job.get("Datacenters")
    names = [str(name) for name in written] if isinstance(written, list) else ["*"]
    if "*" not in names:
        exact = [name for name in names if "*" not in name]
        parts = [Predicate(f"name ~ {pattern(glob(name))}") for name in names if "*" in name]
        parts += [one_of("name", exact)] if exact else []
        block.say("datacenters", f"sites where {any_of(parts).text}")
    pool = job.string("NodePool") or "default"
    if pool != "all":
        block.say("node_pool", f"hosts where {one_of(draft.labels.closed(POOL, 'default'), [pool]).text}")
    draft.labels.flag("unschedulable")
    block.clauses.append("hosts where not unschedulable")


def read(source: Source) -> tuple[list[Text], list[Diagnostic]]:
    """The jobs of a file: HCL, unless it is plainly JSON."""
    if source.path.endswith(".json") or source.text.lstrip()[:1] in ("{", "["):
        return read_texts(source)
    return read_hcl(source)
