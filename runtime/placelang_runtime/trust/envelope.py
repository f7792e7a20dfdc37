"""The part of a plan that one site is sent, signed, and whether a host is to believe it.

Enters: an envelope, or a bare plan where that is allowed, and what the host knows: its name, the keys that it trusts,
what it accepted last, the time. Leaves: the part, or `RefusedError` with one of the `Reason`s. A part that was accepted
stays believable: expiry is about accepting, and carrying on needs neither clock nor network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from urllib.parse import quote

from pydantic import Field, ValidationError

from placelang_runtime.base import LARGEST, Digest, Document, Moment, Name, absent
from placelang_runtime.canonical import PlanError, from_json, part_digest, plan_digest
from placelang_runtime.part import SitePart
from placelang_runtime.plan import Plan
from placelang_runtime.trust.keys import PrivateKey, PublicKey
from placelang_runtime.trust.refused import Reason, RefusedError
from placelang_runtime.trust.sealed import is_sealed, open_sealed, seal

FORMAT: Final = "placelang/part/1"
KIND: Final = "application/vnd.placelang.part.v1+json"
MOMENT = "%Y-%m-%dT%H:%MZ"
_LONGEST = 150


class SignedPart(Document):
    """What is signed. `plan` is the digest of the whole plan, `sequence` grows from plan to plan, and after
    `accept_until` no host begins with it. `release_keys` may say how its rollouts go on, and nothing else."""

    format: Literal["placelang/part/1"] = FORMAT
    site: Name
    plan: Digest
    sequence: Annotated[int, Field(ge=1, le=LARGEST)]
    issued: Moment
    accept_until: Moment | None
    part: SitePart
    release_keys: Annotated[tuple[Name, ...], Field(max_length=16, exclude_if=absent)] = ()


@dataclass(frozen=True, slots=True)
class Last:
    """The signed part that a host accepted last: its sequence, the digest of what was signed, and when it was issued,
    where that is still known."""

    sequence: int
    digest: str
    issued: str = ""


@dataclass(frozen=True, slots=True)
class Believed:
    """A part to carry out. `plan` is the digest of its plan, `digest` that of what was signed. Of an unsigned one,
    `sequence` and `issued` are None, and nobody is among its `signers`."""

    part: SitePart
    plan: str
    digest: str
    sequence: int | None
    issued: str | None
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: a host, of the site that it knows to be its own (None: whichever site has the host), the keys that it
    trusts, whether it takes what nobody signed, and what it accepted last."""

    host: str
    site: str | None
    trusted: Sequence[PublicKey]
    unsigned: bool = False
    last: Last | None = None


def sign_parts(
    plan: Plan,
    keys: Sequence[PrivateKey],
    *,
    sequence: int,
    issued: str,
    accept_until: str | None = None,
    release_keys: Iterable[PublicKey] = (),
) -> Iterable[tuple[str, bytes]]:
    """The envelope of each site's part, by site."""
    whole, speaking = plan_digest(plan), tuple(str(key) for key in release_keys)
    for part in plan.parts:
        signed = SignedPart(
            site=part.site,
            plan=whole,
            sequence=sequence,
            issued=issued,
            accept_until=accept_until,
            part=part,
            release_keys=speaking,
        )
        yield part.site, seal(_canonical(signed), KIND, keys)


def file_name(site: str) -> str:
    """What the file of a site's part is called, whatever the site is."""
    plain = quote(site, safe="")
    short = (
        plain
        if len(plain) <= _LONGEST
        else f"{plain[:_LONGEST]}-{hashlib.sha256(site.encode()).hexdigest()[:16]}"
    )
    return f"{short}.part.json"


def believe(text: bytes, reader: Reader, now: datetime) -> Believed:
    """The part that an envelope or a bare plan holds for the reader's host. Raises `RefusedError`."""
    if not is_sealed(text) and b'"placelang/plan/' in text[:4096]:
        return _unsigned(text, reader)
    opened = open_sealed(text, KIND, reader.trusted)
    signed = _signed(opened.payload)
    digest = "sha256:" + hashlib.sha256(opened.payload).hexdigest()
    _check_addressee(signed.part, reader, signed.site)
    _check_order(signed, digest, reader.last, now)
    return Believed(signed.part, signed.plan, digest, signed.sequence, signed.issued, opened.signers)


def read_signed(text: bytes, trusted: Sequence[PublicKey]) -> SignedPart:
    """What one of the keys signed, whoever it is for. Raises `RefusedError`."""
    return _signed(open_sealed(text, KIND, trusted).payload)


def _signed(payload: bytes) -> SignedPart:
    try:
        return SignedPart.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        message = f"signed, but not by this version's rules: {where}: {first['msg'].lower()}"
        raise RefusedError(Reason.OTHER_KIND, message) from error


def _unsigned(text: bytes, reader: Reader) -> Believed:
    if not reader.unsigned:
        message = (
            "nobody signed this plan: sign it with `placelang sign`, "
            "or take it as it is with --unsigned (`unsigned = true` in the host's configuration)"
        )
        raise RefusedError(Reason.NOT_SIGNED, message)
    try:
        plan = from_json(text)
    except PlanError as error:
        raise RefusedError(Reason.TRUNCATED, str(error)) from error
    if reader.site is None:
        part = next((part for part in plan.parts if _has(part, reader.host)), None)
    else:
        part = next((part for part in plan.parts if part.site == reader.site), None)
    if part is None:
        raise RefusedError(Reason.OTHER_HOST, f"the plan is about other hosts than {reader.host}")
    _check_addressee(part, reader, part.site)
    return Believed(part, plan_digest(plan), part_digest(part), None, None, ())


def _check_addressee(part: SitePart, reader: Reader, site: str) -> None:
    if site != part.site or (reader.site is not None and site != reader.site):
        raise RefusedError(
            Reason.OTHER_SITE, f"this is for site {site}, and this host is at {reader.site or part.site}"
        )
    if not _has(part, reader.host):
        hosts = ", ".join(host.name for host in part.hosts[:3]) + (", …" if part.hosts[3:] else "")
        raise RefusedError(
            Reason.OTHER_HOST, f"site {site} has the hosts {hosts or 'none'}, and no {reader.host}"
        )


def _has(part: SitePart, host: str) -> bool:
    return any(one.name == host for one in part.hosts)


def _check_order(signed: SignedPart, digest: str, last: Last | None, now: datetime) -> None:
    """A clock that is behind when something was issued is wrong by at least that much, and so does not make late what
    is early, nor early what is late."""
    if last is not None and signed.sequence < last.sequence:
        message = (
            f"its sequence is {signed.sequence}, and {last.sequence} is accepted already: sign what is newer"
        )
        raise RefusedError(Reason.OLDER, message)
    if last is not None and signed.sequence == last.sequence:
        if digest == last.digest:
            return
        message = f"something else was accepted as sequence {last.sequence}: sign this with a higher one"
        raise RefusedError(Reason.REPLAYED, message)
    known = max(now.strftime(MOMENT), signed.issued, last.issued if last is not None else "")
    if signed.accept_until is not None and known > signed.accept_until:
        message = f"it was to be accepted until {signed.accept_until}, and it is {known}: sign it again"
        raise RefusedError(Reason.EXPIRED, message)


def moment(at: datetime) -> str:
    """A moment as documents have it: a minute, in UTC."""
    return at.astimezone(UTC).strftime(MOMENT)


def _canonical(signed: SignedPart) -> bytes:
    data = signed.model_dump(mode="json")
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
