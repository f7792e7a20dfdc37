"""A host begins with a part only if a key that it trusts signed it, for its site, and newer than what it has."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang_runtime.canonical import to_json
from placelang_runtime.plan import Plan
from placelang_runtime.trust.envelope import KIND, Believed, Last, Reader, believe, sign_parts
from placelang_runtime.trust.keys import BadKeyError, PrivateKey, new_private
from placelang_runtime.trust.last import keep_last, read_last
from placelang_runtime.trust.refused import Reason, RefusedError
from placelang_runtime.trust.sealed import open_sealed, seal

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
EARLIER, LATER = "2026-03-02T05:00Z", "2026-03-03T05:00Z"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> PrivateKey:
    return new_private(tmp_path_factory.mktemp("keys") / "key.pem")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> PrivateKey:
    return new_private(tmp_path_factory.mktemp("keys") / "other.pem")


@pytest.fixture(scope="module")
def reader(key: PrivateKey) -> Reader:
    return Reader("gbg-1", "gbg", (key.public,))


def signed(
    plan: Plan, *keys: PrivateKey, sequence: int = 5, site: str = "gbg", until: str | None = None
) -> bytes:
    return dict(sign_parts(plan, keys, sequence=sequence, issued=EARLIER, accept_until=until))[site]


def last(believed: Believed) -> Last:
    assert believed.sequence is not None
    assert believed.issued is not None
    return Last(believed.sequence, believed.digest, believed.issued)


def why_refused(text: bytes, reader: Reader, now: datetime = NOW) -> Reason:
    with pytest.raises(RefusedError) as refused:
        believe(text, reader, now)
    assert str(refused.value).isprintable()
    return refused.value.reason


def test_the_envelope_is_that_of_the_specification(key: PrivateKey) -> None:
    envelope = json.loads(seal(b"hello world", "http://example.com/HelloWorld", [key]))
    message = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert key.public.made(b64decode(envelope["signatures"][0]["sig"]), message)
    assert b64decode(envelope["payload"]) == b"hello world"


def test_a_signed_part_is_believed_and_says_by_whom(plan: Plan, key: PrivateKey, reader: Reader) -> None:
    believed = believe(signed(plan, key), reader, NOW)
    assert believed.part == plan.parts[0]
    assert (believed.sequence, believed.signers) == (5, (key.public.id,))


def test_the_same_plan_signed_again_is_the_same_bytes(plan: Plan, key: PrivateKey) -> None:
    assert signed(plan, key) == signed(plan, key)


def test_one_trusted_signature_among_several_is_enough(
    plan: Plan, key: PrivateKey, other: PrivateKey, reader: Reader
) -> None:
    assert believe(signed(plan, other, key), reader, NOW).signers == (key.public.id,)


def test_a_part_for_elsewhere_is_refused(plan: Plan, key: PrivateKey, reader: Reader) -> None:
    assert why_refused(signed(plan, key, site="oslo"), reader) is Reason.OTHER_SITE
    assert why_refused(signed(plan, key), replace(reader, host="gbg-9")) is Reason.OTHER_HOST
    assert why_refused(signed(plan, key, site="oslo"), replace(reader, site=None)) is Reason.OTHER_HOST


def test_what_is_older_or_replayed_is_refused_and_the_same_again_is_not(
    plan: Plan, key: PrivateKey, reader: Reader
) -> None:
    accepted = believe(signed(plan, key), reader, NOW)
    now_has = replace(reader, last=last(accepted))
    assert believe(signed(plan, key), now_has, NOW) == accepted
    assert why_refused(signed(plan, key, sequence=4), now_has) is Reason.OLDER
    assert why_refused(signed(plan, key, until=LATER), now_has) is Reason.REPLAYED
    assert believe(signed(plan, key, sequence=6), now_has, NOW).sequence == 6


def test_what_was_accepted_last_is_remembered_beside_the_journal(
    plan: Plan, key: PrivateKey, reader: Reader, tmp_path: Path
) -> None:
    assert read_last(tmp_path) is None
    keep_last(tmp_path, believe(signed(plan, key), reader, NOW))
    keep_last(tmp_path, believe(to_json(plan).encode(), replace(reader, unsigned=True), NOW))
    now_has = replace(reader, last=read_last(tmp_path), unsigned=True)
    assert why_refused(signed(plan, key, sequence=4), now_has) is Reason.OLDER
    assert believe(signed(plan, key), now_has, NOW).sequence == 5
    (tmp_path / "last.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadKeyError, match="remove it"):
        read_last(tmp_path)


def test_what_expired_is_not_begun_with_and_carried_on_with(
    plan: Plan, key: PrivateKey, reader: Reader
) -> None:
    text = signed(plan, key, until=LATER)
    too_late = NOW.replace(day=4)
    assert why_refused(text, reader, too_late) is Reason.EXPIRED
    accepted = believe(text, reader, NOW)
    assert believe(text, replace(reader, last=last(accepted)), too_late) == accepted


def test_a_clock_that_fell_behind_makes_nothing_early_again(
    plan: Plan, key: PrivateKey, reader: Reader
) -> None:
    after = Last(4, "sha256:" + "0" * 64, "2026-03-04T00:00Z")
    reset = datetime(1970, 1, 1, tzinfo=UTC)
    assert why_refused(signed(plan, key, until=LATER), replace(reader, last=after), reset) is Reason.EXPIRED
    assert believe(signed(plan, key, until=LATER), reader, reset).sequence == 5


def test_an_unknown_key_is_refused_and_named(plan: Plan, other: PrivateKey, reader: Reader) -> None:
    assert why_refused(signed(plan, other), reader) is Reason.UNKNOWN_KEY
    with pytest.raises(RefusedError, match=other.public.id):
        believe(signed(plan, other), reader, NOW)
    assert why_refused(signed(plan), reader) is Reason.UNKNOWN_KEY


def test_a_key_that_claims_the_name_of_a_trusted_one_is_found_out(
    plan: Plan, key: PrivateKey, other: PrivateKey, reader: Reader
) -> None:
    envelope = json.loads(signed(plan, other))
    envelope["signatures"][0]["keyid"] = key.public.id
    assert why_refused(json.dumps(envelope).encode(), reader) is Reason.ALTERED


def test_altered_content_is_refused(plan: Plan, key: PrivateKey, reader: Reader) -> None:
    envelope = json.loads(signed(plan, key))
    payload = b64decode(envelope["payload"])
    envelope["payload"] = b64encode(payload.replace(b"till:1", b"till:2")).decode()
    assert why_refused(json.dumps(envelope).encode(), reader) is Reason.ALTERED


def test_a_signature_over_something_else_is_no_signature_of_a_part(key: PrivateKey, reader: Reader) -> None:
    assert why_refused(seal(b"{}", "application/other", [key]), reader) is Reason.OTHER_KIND
    assert why_refused(seal(b"{}", KIND, [key]), reader) is Reason.OTHER_KIND
    relabelled = json.loads(seal(b"{}", "application/other", [key])) | {"payloadType": KIND}
    assert why_refused(json.dumps(relabelled).encode(), reader) is Reason.ALTERED


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_cut_and_no_other_byte_is_ever_believed_as_something_else(
    data: st.DataObject, plan: Plan, key: PrivateKey, reader: Reader
) -> None:
    text = signed(plan, key)
    at = data.draw(st.integers(0, len(text) - 2))
    cut = text[:at]
    changed = text[:at] + bytes([data.draw(st.integers(0, 255))]) + text[at + 1 :]
    assert why_refused(cut, reader) in {Reason.TRUNCATED, Reason.NOT_SIGNED}
    try:
        believed = believe(changed, reader, NOW)
    except RefusedError:
        return
    assert believed == believe(text, reader, NOW)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b"null", b"[" * 9999, b'{"payload": 1, "payloadType": 2}', b"\xff"]
)
def test_what_is_no_document_at_all_is_refused(text: bytes, reader: Reader) -> None:
    assert why_refused(text, reader) is Reason.TRUNCATED


def test_a_bare_plan_is_taken_only_where_that_is_allowed(plan: Plan, reader: Reader) -> None:
    text = to_json(plan).encode()
    assert why_refused(text, reader) is Reason.NOT_SIGNED
    free = replace(reader, unsigned=True)
    believed = believe(text, free, NOW)
    assert (believed.part, believed.sequence, believed.signers) == (plan.parts[0], None, ())
    assert believe(text, Reader("oslo-1", None, (), unsigned=True), NOW).part == plan.parts[1]
    assert why_refused(text[:-50], free) is Reason.TRUNCATED
    assert why_refused(text, replace(free, host="gone")) is Reason.OTHER_HOST
    assert why_refused(text, replace(free, site="gone")) is Reason.OTHER_HOST


def test_an_unsigned_plan_and_a_signed_one_of_an_unknown_key_are_two_things(
    plan: Plan, other: PrivateKey, reader: Reader
) -> None:
    assert why_refused(signed(plan, other), replace(reader, unsigned=True)) is Reason.UNKNOWN_KEY


def test_what_was_signed_can_be_read_without_placelang(plan: Plan, key: PrivateKey) -> None:
    payload = json.loads(open_sealed(signed(plan, key), KIND, (key.public,)).payload)
    assert payload["format"] == "placelang/part/1"
    assert payload["part"]["site"] == payload["site"] == "gbg"
