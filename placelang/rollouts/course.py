"""What a plan says of how an app reaches its sites, as it is kept for as long as that takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from placelang_runtime.base import Count, Digest, Document, Name
from placelang_runtime.canonical import plan_digest
from placelang_runtime.part import SitePart
from placelang_runtime.plan import Plan


class CourseSite(Document):
    """A site with the hosts that have replicas of the app there; where none has, nothing has to be well."""

    name: Name
    hosts: tuple[Name, ...]


class CourseWave(Document):
    """Sites that may change together. The next wave waits until all of it is through, has been well for `healthy_ms`,
    and, where it is to be `approved`, until a person says so."""

    name: Name
    healthy_ms: Count
    approved: bool
    sites: tuple[CourseSite, ...]


class Course(Document):
    """The rollout of an app by the plan with a digest, which was signed with a sequence. At most `sites_at_once` sites
    change at a time, any number for None; what failed takes all sites back where it `rolls_back`."""

    format: Literal["placelang/course/1"] = "placelang/course/1"
    app: Name
    plan: Digest
    sequence: Annotated[int, Field(ge=1)]
    sites_at_once: Count | None
    rolls_back: bool
    waves: tuple[CourseWave, ...]
    never: tuple[Name, ...]

    @property
    def sites(self) -> Iterator[CourseSite]:
        for wave in self.waves:
            yield from wave.sites


def find_courses(plan: Plan, sequence: int) -> tuple[Course, ...]:
    """The rollouts of a plan, by app."""
    digest, parts = plan_digest(plan), {part.site: part for part in plan.parts}
    back = {one.app for part in plan.parts for one in part.rollouts if one.rolls_back}
    return tuple(
        Course(
            app=rollout.app,
            plan=digest,
            sequence=sequence,
            sites_at_once=rollout.sites_at_once,
            rolls_back=rollout.app in back,
            waves=tuple(
                CourseWave(
                    name=wave.name,
                    healthy_ms=wave.healthy_ms or 0,
                    approved=wave.approved,
                    sites=tuple(
                        CourseSite(name=site, hosts=_hosts(parts.get(site), rollout.app))
                        for site in wave.sites
                    ),
                )
                for wave in rollout.waves
            ),
            never=rollout.never,
        )
        for rollout in sorted(plan.header.rollouts, key=lambda one: one.app)
    )


def _hosts(part: SitePart | None, app: str) -> tuple[str, ...]:
    services = (s for group in part.groups for s in group.services) if part is not None else ()
    mine = (service for service in services if service.name.partition(".")[0] == app)
    return tuple(sorted({replica.host for service in mine for replica in service.replicas}))
