"""TLS among the members of a site, from nothing but the public keys that the signed part names.

Each member signs a certificate for a key of its own that TLS uses; whoever knows the member's public key makes the
root for it: roots are known by name and key, and nobody looks at how they are signed. All of them are valid at any
time, since a clock of a host may show any.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from placelang_runtime.part import Member
from placelang_runtime.trust.keys import PrivateKey, PublicKey, parse_public

_FROM: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNTIL: Final = datetime(9999, 12, 31, tzinfo=UTC)


def roots(members: Iterable[Member]) -> str:
    """PEM of what to trust: these members, and nobody else. Raises BadKeyError."""
    return "".join(_root(parse_public(member.key)) for member in members)


def certificate(member: Member, key: PrivateKey) -> tuple[str, str]:
    """PEM of a certificate for a member, by its own key, and of the new private key that goes with it."""
    private = Ed25519PrivateKey.generate()
    addresses = [x509.IPAddress(ip_address(text)) for text in dict.fromkeys((member.address, "127.0.0.1"))]
    made = (
        _builder(f"placelang {key.public.id}", member.name[:64], private.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .sign(key.held, None)
    )
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM).decode("ascii"), secret.decode("ascii")


def _root(key: PublicKey) -> str:
    name = f"placelang {key.id}"
    made = (
        _builder(name, name, Ed25519PublicKey.from_public_bytes(key.raw))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(Ed25519PrivateKey.generate(), None)
    )
    return made.public_bytes(Encoding.PEM).decode("ascii")


def _builder(issuer: str, subject: str, key: Ed25519PublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(_name(issuer))
        .subject_name(_name(subject))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
