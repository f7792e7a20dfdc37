"""GPUs: from NVIDIA's management library where it is, and from what the kernel shows of every graphics device, so that
one of Intel, AMD or a Jetson is seen even where its memory is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from placelang_runtime.host_facts import Gpu
from placelang_runtime.probe.found import Found, NotFoundOutError

VENDORS: Final = {"0x10de": "nvidia", "0x1002": "amd", "0x8086": "intel"}
"""PCI vendors whose graphics devices compute; those of virtual machines do not."""
_DISPLAY: Final = "0x03"
"""What the class of a graphics device begins with."""
_JETSON: Final = "nvidia,tegra"


def gpus(root: Path) -> Found:
    """All GPUs; what nobody can say of one is left out of it."""
    managed, reason = _managed()
    shown = [gpu for gpu in _shown(root) if not (managed and gpu.vendor == "nvidia")]
    found = [*managed, *shown]
    unknown = {}
    if reason and any(gpu.vendor == "nvidia" for gpu in shown):
        unknown = {"gpu.memory": reason}
    return Found(lists={"gpus": found}, unknown=unknown)


def _managed() -> tuple[list[Gpu], str]:
    """What NVIDIA's library manages, and why it manages nothing."""
    import pynvml  # noqa: PLC0415 - loads a driver's library, in its own thread

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return [], f"NVIDIA's management library: {error}"
    try:
        driver = _text(pynvml.nvmlSystemGetDriverVersion())
        count = pynvml.nvmlDeviceGetCount()
        return [_one(pynvml.nvmlDeviceGetHandleByIndex(index), driver) for index in range(count)], ""
    finally:
        pynvml.nvmlShutdown()


def _one(handle: object, driver: str) -> Gpu:
    import pynvml  # noqa: PLC0415

    major, minor = pynvml.nvmlDeviceGetCudaComputeCapability(handle)
    try:
        memory = float(pynvml.nvmlDeviceGetMemoryInfo(handle).total)
    except pynvml.NVMLError_NotSupported:
        memory = None  # it uses the host's
    return Gpu(
        vendor="nvidia",
        model=_text(pynvml.nvmlDeviceGetName(handle)),
        memory=memory,
        compute=f"{major}.{minor}",
        driver=driver,
        unified=memory is None,
        uuid=_text(pynvml.nvmlDeviceGetUUID(handle)),
    )


def _text(given: str | bytes) -> str:
    return given.decode(errors="replace") if isinstance(given, bytes) else given


def _shown(root: Path) -> list[Gpu]:
    """The graphics devices on PCI, with or without a driver, and the one that the board of a Jetson has. Raises
    NotFoundOutError where the kernel shows nothing at all."""
    if not (root / "sys/class").is_dir():
        raise NotFoundOutError(f"there is no {root / 'sys/class'}")
    found = []
    for device in sorted((root / "sys/bus/pci/devices").glob("*")):
        vendor = VENDORS.get(_read(device / "vendor") or "")
        if vendor is not None and (_read(device / "class") or "").startswith(_DISPLAY):
            own = _read(device / "mem_info_vram_total")  # of amdgpu
            memory = float(own) if own and own.isdigit() else None
            shared = True if vendor == "intel" and not _discrete(device) else None
            model = _read(device / "product_name") or None
            found.append(Gpu(vendor=vendor, model=model, memory=memory, unified=shared))
    board = (_read(root / "proc/device-tree/compatible") or "").replace("\0", " ")
    if _JETSON in board and not any(gpu.vendor == "nvidia" for gpu in found):
        model = (_read(root / "proc/device-tree/model") or "").strip("\0 ") or None
        found.append(Gpu(vendor="nvidia", model=model, unified=True))
    return found


def _discrete(device: Path) -> bool:
    """Whether an Intel GPU is a card of its own: those show memory of their own."""
    return any(device.glob("drm/card*/lmem_total_bytes")) or any(
        device.glob("tile*/physical_vram_size_bytes")
    )


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
