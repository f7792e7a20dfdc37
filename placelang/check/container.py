"""The container of a service: image, command, ports, environment, volumes, health and what it is allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from placelang import syntax
from placelang.check.clauses import of, one, report_twice
from placelang.check.environment import check_env
from placelang.check.expressions import due
from placelang.check.faults import listed, quoted
from placelang.check.placement import Place
from placelang.check.scope import Scope
from placelang.check.values import integer, positive, text
from placelang.codes import Code
from placelang.containers import EnvEntry, Health, Port, Volume
from placelang.diagnostics import Span
from placelang.expressions import Constant, Expr, Template
from placelang.frozen import dataclass
from placelang.types import DURATION, STRING

_LARGEST_PORT = 65_535
_LARGEST_USER = 2**32 - 2
_LONGEST_WAIT = 86_400_000
_PROBE = {"every": 10_000, "timeout": 5_000, "retries": 3}
"""What a health check does where it does not say: as container engines do, only sooner."""

_IN_IMAGE = re.compile(r"[A-Za-z0-9._/:@+-]*")

CAPABILITIES = (
    "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
    "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
    "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST",
    "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT",
    "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE",
    "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM",
)  # fmt: skip
"""The capabilities of Linux, without `CAP_`."""


@dataclass(frozen=True, slots=True)
class Container:
    """What one container is made of; a service and each of its sidecars is one."""

    image: Expr | None
    command: tuple[str, ...]
    tags: tuple[str, ...]
    ports: tuple[Port, ...]
    env: tuple[EnvEntry, ...]
    volumes: tuple[Volume, ...]
    health: Health | None
    restart: str
    user: int | None
    writable_root: bool
    capabilities: tuple[str, ...]


def check_container(clauses: Sequence[object], place: Place, ports: dict[int, Span]) -> Container:
    """The container that the clauses of a service or sidecar describe; `ports` are those of the host that are taken
    already, each with the clause that takes it."""
    scope = place.scope
    image = one(of(clauses, syntax.Image), "image", scope)
    command = one(of(clauses, syntax.Command), "command", scope)
    health = one(of(clauses, syntax.Health), "health", scope)
    restart = one(of(clauses, syntax.Restart), "restart", scope)
    user = one(of(clauses, syntax.User), "user", scope)
    return Container(
        image=check_image(image, scope) if image else None,
        command=check_command(command, scope) if command else (),
        tags=check_tags(of(clauses, syntax.Tags), scope),
        ports=check_ports(of(clauses, syntax.Port), ports, scope),
        env=check_env(of(clauses, syntax.Env), place),
        volumes=check_volumes(of(clauses, syntax.Volume), scope),
        health=check_health(health, scope) if health else None,
        restart=restart.mode.text if restart else "always",
        user=check_user(user, scope) if user else None,
        writable_root=bool(of(clauses, syntax.WritableRoot)),
        capabilities=check_allowed(of(clauses, syntax.Allow), scope),
    )


def check_image(node: syntax.Image, scope: Scope) -> Expr | None:
    """The reference of an image; facts of the host may stand in it."""
    found = due(node.reference, STRING, "an image", scope.at_host())
    pieces = found.operands if isinstance(found, Template) else (found,)
    texts = [str(piece.value) for piece in pieces if isinstance(piece, Constant)]
    if found is None or (all(map(_IN_IMAGE.fullmatch, texts)) and texts != [""]):
        return found
    scope.faults.error(
        Code.MALFORMED,
        node.reference.span,
        "this is no reference of an image",
        hint='write it like `"registry.example.com/team/name:1.2"`',
    )
    return None


def check_command(node: syntax.Command, scope: Scope) -> tuple[str, ...]:
    """The arguments of a command; what differs from host to host belongs in `env`."""
    return _texts(node.arguments, "an argument", scope)


def check_tags(nodes: list[syntax.Tags], scope: Scope) -> tuple[str, ...]:
    """The tags of a service, each once, in the order in which they are written."""
    return tuple(dict.fromkeys(tag for node in nodes for tag in _texts(node.tags, "a tag", scope)))


def _texts(nodes: tuple[syntax.Expression, ...], what: str, scope: Scope) -> tuple[str, ...]:
    return tuple(found for node in nodes if (found := text(node, what, scope)) is not None)


def check_ports(nodes: list[syntax.Port], first: dict[int, Span], scope: Scope) -> tuple[Port, ...]:
    """The published ports; each of the host's once. `first` has those of containers that share the network."""
    found = []
    for node in nodes:
        host = _port(node.host, scope)
        container = _port(node.container, scope) if node.container else host
        if host is None or container is None:
            continue
        before = first.setdefault(host, node.span)
        if before is not node.span:
            report_twice(node.span, f"port {host} of the host is published twice", before, scope)
        found.append(Port(host, container, node.span))
    return tuple(found)


def _port(node: syntax.Expression, scope: Scope) -> int | None:
    return integer(node, "a port", scope, low=1, high=_LARGEST_PORT)


def check_volumes(nodes: list[syntax.Volume], scope: Scope) -> tuple[Volume, ...]:
    """The volumes; each path of the container once."""
    found = []
    first: dict[str, Span] = {}
    for node in nodes:
        path = _path(node.path, scope)
        source = _path(node.source, scope) if node.source else None
        if path is None or (node.source and source is None):
            continue
        before = first.setdefault(path, node.span)
        if before is not node.span:
            report_twice(node.span, f"two volumes stand at {quoted(path)}", before, scope)
        found.append(Volume(path, source, node.keep, node.readonly, node.span))
    return tuple(found)


def _path(node: syntax.Expression, scope: Scope) -> str | None:
    found = text(node, "a path", scope)
    if found is None:
        return None
    if found.startswith("/") and ".." not in found.split("/"):
        return found.rstrip("/") or "/"
    scope.faults.error(
        Code.MALFORMED,
        node.span,
        "a path is absolute and holds no `..`",
        hint='write it like `"/var/lib/data"`',
    )
    return None


def check_health(node: syntax.Health, scope: Scope) -> Health | None:
    """How to ask whether a replica is well."""
    kind = node.kind.text
    port = path = None
    command: tuple[str, ...] = ()
    if kind == "exec":
        command = _texts(node.target, "an argument", scope)
    else:
        port = _port(node.target[0], scope)
    if kind == "http":
        path = _url_path(node.target[1], scope)
    every, timeout = _wait(node.every, "every", scope), _wait(node.timeout, "timeout", scope)
    retries = (
        integer(node.retries, "`retries`", scope, low=1, high=100) if node.retries else _PROBE["retries"]
    )
    if every is None or timeout is None or retries is None:
        return None
    return Health(kind, port, path, command, every, timeout, retries, node.span)


def _url_path(node: syntax.Expression, scope: Scope) -> str | None:
    found = text(node, "the path of a health check", scope)
    if found is not None and not found.startswith("/"):
        message = "the path of a health check begins with `/`"
        scope.faults.error(Code.MALFORMED, node.span, message, hint=f'write `"/{found}"`')
    return found


def _wait(node: syntax.Expression | None, word: str, scope: Scope) -> int | None:
    if node is None:
        return _PROBE[word]
    found = positive(node, DURATION, f"`{word}`", scope)
    if found is None:
        return None
    if 1 <= found <= _LONGEST_WAIT:
        return round(found)
    scope.faults.error(Code.OUT_OF_RANGE, node.span, f"`{word}` is from 1ms to 1d")
    return None


def check_user(node: syntax.User, scope: Scope) -> int | None:
    """The number of the user that a container runs as; names differ from image to image."""
    return integer(node.user, "a user", scope, low=0, high=_LARGEST_USER)


def check_allowed(nodes: list[syntax.Allow], scope: Scope) -> tuple[str, ...]:
    """The capabilities that `allow capability` names, each once, sorted."""
    names = [node.capability for node in nodes if node.capability is not None]
    return tuple(sorted({name.text for name in names if check_capability(name, scope)}))


def check_capability(name: syntax.Name, scope: Scope) -> bool:
    """Whether Linux has a capability of that name; reported if not."""
    if name.text in CAPABILITIES:
        return True
    short = name.text.upper().removeprefix("CAP_")
    hint = f"write `{short}`" if short in CAPABILITIES else f"such as {listed(CAPABILITIES[19:22])}"
    scope.faults.unknown(
        name.span,
        f"Linux has no capability {quoted(name.text)}",
        name.text,
        () if short in CAPABILITIES else CAPABILITIES,
        hint=hint,
        fix=short if short in CAPABILITIES else "",
    )
    return False
