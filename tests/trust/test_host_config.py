"""A host's configuration: all faults at once, each with its line; and what it allows, which no plan extends."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang_runtime.host_config import HostConfig, HostConfigError, parse_host_config, read_host_config
from placelang_runtime.provision.allowed import allowed_path, check_image, repository
from placelang_runtime.provision.errors import ProvisionError
from placelang_runtime.trust.keys import new_private

FULL = """
host = "gbg-1"
site = "gbg"
driver = "docker"
engine = "unix:///run/docker.sock"
address = "10.0.0.1"
trusted_keys = ["{key}"]
registries = ["registry.example.com/shop", "localhost:5000"]
host_paths = ["/srv/media"]
secrets = "secrets"
state = "/var/lib/placelang"

[peers]
gbg-2 = "10.0.0.2"
"""


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(HostConfigError) as found:
        parse_host_config(text.encode(), Path("host.toml"))
    assert all(line.isprintable() for line in str(found.value).splitlines())
    return [(fault.line, fault.message) for fault in found.value.faults]


def test_a_whole_configuration_is_read(tmp_path: Path) -> None:
    key = new_private(tmp_path / "key.pem").public
    (tmp_path / "host.toml").write_text(FULL.format(key=key), encoding="utf-8")
    config = read_host_config(tmp_path / "host.toml")
    assert (config.host, config.site, config.trusted_keys) == ("gbg-1", "gbg", (key,))
    assert config.addresses == {"gbg-1": "10.0.0.1", "gbg-2": "10.0.0.2"}
    assert config.secrets == tmp_path / "secrets"


def test_a_configuration_that_anybody_may_change_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "host.toml").write_text('host = "a"', encoding="utf-8")
    (tmp_path / "host.toml").chmod(0o646)
    with pytest.raises(HostConfigError, match="chmod o-w"):
        read_host_config(tmp_path / "host.toml")


def test_what_is_not_said_is_not_allowed() -> None:
    config = parse_host_config(b'host = "a"', Path("host.toml"))
    assert (config.registries, config.host_paths, config.trusted_keys) == ((), (), ())
    assert not config.unsigned


def test_every_fault_is_told_with_its_line() -> None:
    text = (
        'host = ""\n'
        "registry = []\n"
        'driver = "podman"\n'
        'engine = "tcp://10.0.0.1:2375"\n'
        "unsigned = 1\n"
        'registries = ["https://x"]\n'
        'host_paths = ["media", "/srv/../etc"]\n'
        'trusted_keys = ["ed25519:x"]\n'
        "[peers]\n"
        'b = "gbg.example.com"\n'
    )
    found = faults(text)
    assert [line for line, _ in found] == [1, 2, 3, 4, 5, 6, 7, 7, 8, 10]
    assert found[1][1] == "unknown key `registry`"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("host = ", 1),
        ('host = "a"\nhost = "b"', 2),
        ('host = "a"\n[peers', 2),
        ("a=" + "[" * 9999, 1),
    ],
)
def test_what_is_no_configuration_is_told_where(text: str, line: int) -> None:
    assert [number for number, _ in faults(text)] == [line]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_bytes_do_anything_but_be_refused(text: bytes) -> None:
    with pytest.raises(HostConfigError):
        parse_host_config(text, Path("host.toml"))


@pytest.mark.parametrize(
    ("image", "of"),
    [
        ("busybox", "docker.io/library/busybox"),
        ("acme/till:2", "docker.io/acme/till:2"),
        ("registry.example.com/shop/till@sha256:00", "registry.example.com/shop/till"),
        ("localhost:5000/till:1", "localhost:5000/till:1"),
        ("localhost/till", "localhost/till"),
    ],
)
def test_an_image_says_where_it_comes_from(image: str, of: str) -> None:
    assert repository(image) == of


def test_an_image_comes_from_a_listed_registry_only() -> None:
    config = HostConfig(Path("host.toml"), "a", registries=("registry.example.com/shop", "localhost:5000"))
    check_image("registry.example.com/shop/till:1", config)
    check_image("localhost:5000/till:1", config)
    for image in ("registry.example.com/shopping/till:1", "registry.example.com.evil/shop/till", "busybox"):
        with pytest.raises(ProvisionError, match=r"host\.toml"):
            check_image(image, config)


def test_a_path_of_the_host_is_handed_over_only_if_it_is_listed(tmp_path: Path) -> None:
    (tmp_path / "media" / "new").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "media")
    (tmp_path / "media" / "out").symlink_to("/usr")
    config = HostConfig(Path("/x/host.toml"), "a", host_paths=(tmp_path / "link",))
    assert allowed_path(str(tmp_path / "media" / "new"), config) == tmp_path / "media" / "new"
    assert allowed_path(str(tmp_path / "link" / "new"), config) == tmp_path / "media" / "new"
    for other in (tmp_path, tmp_path / "media" / ".." / "x", tmp_path / "media" / "out", Path("media")):
        with pytest.raises(ProvisionError):
            allowed_path(str(other), config)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/proc",
        "/proc/1/root",
        "/sys",
        "/dev",
        "/etc",
        "/etc/shadow",
        "/run",
        "/var/run/docker.sock",
        "/var",
    ],
)
def test_some_paths_are_never_handed_over(path: str) -> None:
    config = HostConfig(Path("/x/host.toml"), "a", host_paths=(Path("/"),))
    with pytest.raises(ProvisionError, match="never"):
        allowed_path(path, config)


def test_a_link_to_what_is_never_handed_over_is_followed(tmp_path: Path) -> None:
    (tmp_path / "innocent").symlink_to("/etc")
    config = HostConfig(
        Path("/x/host.toml"), "a", host_paths=(tmp_path,), engine=f"unix://{tmp_path}/engine.sock"
    )
    for path in (tmp_path / "innocent" / "passwd", tmp_path / "engine.sock"):
        with pytest.raises(ProvisionError, match="never"):
            allowed_path(str(path), config)


def test_what_placelang_itself_keeps_is_never_handed_over(tmp_path: Path) -> None:
    config = HostConfig(
        tmp_path / "host.toml", "a", host_paths=(tmp_path,), secrets=tmp_path / "s", state=tmp_path / "t"
    )
    for path in (tmp_path, tmp_path / "s" / "x", tmp_path / "t", tmp_path / "host.toml"):
        with pytest.raises(ProvisionError, match="never"):
            allowed_path(str(path), config)
