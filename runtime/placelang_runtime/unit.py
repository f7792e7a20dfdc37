"""The systemd units of a host: its agent, which carries on with its plan after it was started, and the watchdog.

The agent runs as root, since the engine's socket asks for that, and with as little beside that socket as systemd can
leave it. Where the host's driver is `process`, no engine starts anything with other rights, and so it has those that
this takes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from placelang_runtime.host_config import HostConfig
from placelang_runtime.site.deadline import lease_folder

NAME: Final = "placelang-agent.service"
FOLDER: Final = Path("/etc/systemd/system")
_UNIT: Final = """\
[Unit]
Description=Have this host run what its placement plan says
Wants=network-online.target
After=network-online.target docker.service
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={python} -P -m placelang_runtime run --config {config}
Restart=always
RestartSec=1
# The host's own file is wrong: nothing that time would mend.
RestartPreventExitStatus=1 2
# What runs goes on, whatever becomes of this unit.
KillMode=process
RuntimeDirectory=placelang
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
ReadWritePaths={state} {memory} {lease}

CapabilityBoundingSet={capabilities}
LockPersonality=yes
NoNewPrivileges=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=read-only
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
{calls}SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
"""
_CAPABILITIES: Final = ("CAP_DAC_READ_SEARCH", "CAP_KILL")
"""It reads secrets of any owner, and ends checks that hang, whoever they run as: of these it has to see the processes,
so they are not hidden from it."""
_OF_PROCESSES: Final = ("CAP_CHOWN", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID")
"""Without an engine, it is the agent that starts processes as other users, with limits, and takes all rights from
them."""
_FEWER_CALLS: Final = "SystemCallFilter=~@privileged @resources\n"


WATCHDOG: Final = "placelang-watchdog.service"
_WATCHDOG: Final = """\
[Unit]
Description=End what must be one when its lease is not renewed
StartLimitIntervalSec=0

[Service]
ExecStart={python} -P -m placelang_runtime.watchdog {host} {lease}
Restart=always
RestartSec=100ms
RuntimeDirectory=placelang
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
ReadWritePaths=-{lease}
# Whatever else happens on this host, this goes on.
OOMScoreAdjust=-1000
CPUSchedulingPolicy=rr
CPUSchedulingPriority=50

CapabilityBoundingSet=CAP_KILL
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateNetwork=yes
PrivateTmp=yes
ProtectClock=yes
ProtectHome=read-only
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=full
RestrictAddressFamilies=none
RestrictNamespaces=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def watchdog_text(config: HostConfig, python: Path) -> str:
    """The unit of the host's watchdog."""
    return _WATCHDOG.format(
        python=_word(str(python)),
        host=_word(config.host),
        lease=_word(str(lease_folder(config.memory.absolute()))),
    )


def unit_text(config: HostConfig, python: Path) -> str:
    """The unit of the host's agent, which this interpreter has."""
    processes = config.driver == "process"
    return _UNIT.format(
        capabilities=" ".join((*_CAPABILITIES, *(_OF_PROCESSES if processes else ()))),
        calls="" if processes else _FEWER_CALLS,
        python=_word(str(python)),
        config=_word(str(config.path.absolute())),
        state=_word(str(config.state.absolute())),
        memory=_word(f"-{config.memory.absolute()}"),
        lease=_word(f"-{lease_folder(config.memory.absolute())}"),
    )


def _word(path: str) -> str:
    """A path as systemd reads it: quoted, and nothing in it stands for anything else."""
    quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{quoted}"'
