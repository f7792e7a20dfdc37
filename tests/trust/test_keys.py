"""Keys are kept from others, and nothing that is no key is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from placelang_runtime.trust.key_changes import (
    FILE,
    KeyChange,
    Trusted,
    changed,
    keep_trusted,
    read_trusted,
    sign_change,
)
from placelang_runtime.trust.keys import BadKeyError, PrivateKey, new_private, parse_public, read_private
from placelang_runtime.trust.refused import Reason, RefusedError


@pytest.fixture
def old(tmp_path: Path) -> PrivateKey:
    return new_private(tmp_path / "old.pem")


@pytest.fixture
def new(tmp_path: Path) -> PrivateKey:
    return new_private(tmp_path / "new.pem")


def trusting(*keys: PrivateKey) -> Trusted:
    words = tuple(sorted(str(key.public) for key in keys))
    return Trusted(configured=words, keys=words)


def change(
    signer: PrivateKey, sequence: int, adds: tuple[PrivateKey, ...], retires: tuple[PrivateKey, ...]
) -> bytes:
    said = KeyChange(
        sequence=sequence,
        adds=tuple(str(key.public) for key in adds),
        retires=tuple(key.public.id for key in retires),
    )
    return sign_change(said, [signer])


def test_a_key_is_in_a_file_of_its_own_that_nobody_else_reads(tmp_path: Path) -> None:
    made = new_private(tmp_path / "k.pem")
    assert (tmp_path / "k.pem").stat().st_mode & 0o777 == 0o600
    assert read_private(tmp_path / "k.pem").public == made.public
    assert parse_public(str(made.public)) == made.public
    with pytest.raises(BadKeyError, match="ever written over"):
        new_private(tmp_path / "k.pem")


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    new_private(tmp_path / "k.pem")
    (tmp_path / "k.pem").chmod(0o640)
    with pytest.raises(BadKeyError, match="chmod 600"):
        read_private(tmp_path / "k.pem")


def test_a_key_of_another_kind_and_what_is_no_key_are_refused(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, text in (("other", other), ("none", b"-----BEGIN PRIVATE KEY-----\n"), ("empty", b"")):
        (tmp_path / name).write_bytes(text)
        (tmp_path / name).chmod(0o600)
        with pytest.raises(BadKeyError, match="key new"):
            read_private(tmp_path / name)


@pytest.mark.parametrize(
    "word", ["", "ed25519:", "ed25519:AAAA", "ed25519:*", "rsa:AAAA", "ed25519:\x1b[31m"]
)
def test_what_is_no_public_key_is_refused_without_showing_it_raw(word: str) -> None:
    with pytest.raises(BadKeyError, match="no public key") as refused:
        parse_public(word)
    assert str(refused.value).isprintable()


def test_no_text_gives_a_private_key_away(old: PrivateKey) -> None:
    secret = old.held.private_bytes_raw().hex()
    assert secret not in repr(old) + str(old)
    assert old.public.id in repr(old)


def test_a_trusted_key_hands_over_to_another(old: PrivateKey, new: PrivateKey) -> None:
    after = changed(trusting(old), change(old, 1, (new,), (old,)))
    assert after.public() == (new.public,)
    with pytest.raises(RefusedError) as refused:
        changed(after, change(old, 2, (old,), ()))
    assert refused.value.reason is Reason.UNKNOWN_KEY


def test_a_change_is_taken_once_and_in_order(old: PrivateKey, new: PrivateKey) -> None:
    adds = change(old, 3, (new,), ())
    after = changed(trusting(old), adds)
    for late in (adds, change(old, 2, (), (new,))):
        with pytest.raises(RefusedError) as refused:
            changed(after, late)
        assert refused.value.reason is Reason.OLDER


def test_the_last_key_is_not_retired(old: PrivateKey) -> None:
    with pytest.raises(RefusedError) as refused:
        changed(trusting(old), change(old, 1, (), (old,)))
    assert refused.value.reason is Reason.NO_KEY_LEFT


def test_keys_in_force_outlive_the_process(tmp_path: Path, old: PrivateKey, new: PrivateKey) -> None:
    after = changed(trusting(old), change(old, 7, (new,), (old,)))
    keep_trusted(tmp_path, after)
    assert read_trusted(tmp_path, [old.public]) == after


def test_who_edits_the_configuration_has_the_last_word_and_the_number_stays(
    tmp_path: Path, old: PrivateKey, new: PrivateKey
) -> None:
    handed_over = change(old, 7, (new,), (old,))
    keep_trusted(tmp_path, changed(trusting(old), handed_over))
    third = new_private(tmp_path / "third.pem")
    edited = read_trusted(tmp_path, [third.public, old.public])
    assert set(edited.public()) == {third.public, old.public}
    with pytest.raises(RefusedError, match="7 is in force already"):
        changed(edited, handed_over)


def test_damaged_keys_are_not_taken_for_no_change(tmp_path: Path, old: PrivateKey) -> None:
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(BadKeyError, match="damaged"):
        read_trusted(tmp_path, [old.public])
