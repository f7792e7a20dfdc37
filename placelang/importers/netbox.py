"""Devices of NetBox, as its API lists them: `GET /api/dcim/devices/`.

https://netboxlabs.com/docs/netbox/integrations/rest-api/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from placelang.codes import Code
from placelang.importers.draft import Host
from placelang.importers.record import Record
from placelang.inventory.values import Wrong, parse_time, show_time

SOURCE: Final = "netbox"
_AWAY = ("offline", "failed", "decommissioning", "planned", "staged", "inventory")
_OBJECTS = (("role", "role"), ("role", "device_role"), ("platform", "platform"), ("tenant", "tenant"))
_UNSAID = ("id", "url", "display", "display_url", "created", "comments", "description")


def hosts(document: Record) -> Iterator[Host | Record]:
    """The devices of a page, or the one that the document is."""
    if isinstance(document.data.get("results"), list):
        for key in ("count", "next", "previous"):
            document.get(key)
        for device in document.records("results"):
            yield _host(Record(device.text, device.place, device.data))
    else:
        yield _host(document)


def _host(device: Record) -> Host | Record:
    name = device.string("name")
    if name is None or not ("device_type" in device.data or "site" in device.data):
        what = "this device has no name" if "device_type" in device.data else "this is no device of NetBox"
        device.fault(Wrong(Code.MISSING_KEY, what))
        return device
    host = Host(name, device, site=_slug(device, "site"))
    for key in _UNSAID:
        device.get(key)
    host.fact("rack", _slug(device, "rack"))
    host.fact("zone", _slug(device, "location"))
    _state(host)
    _labels(host)
    return host


def _state(host: Host) -> None:
    device = host.record
    nested = isinstance(device.data.get("status"), dict)
    status = device.string("status", "value") if nested else device.string("status")
    device.get("status")
    if status in _AWAY:
        host.fact("up", False)
    if status:
        host.labels["status"] = status
    updated = device.string("last_updated")
    moment = parse_time(updated) if updated else None
    host.observed = show_time(moment) if moment is not None else None


def _labels(host: Host) -> None:
    device = host.record
    tags = sorted({tag.string("slug") or "" for tag in device.records("tags")} - {""})
    device.get("tags")
    host.fact("tags", tags or None)
    for label, key in _OBJECTS:
        slug = _slug(device, key)
        if slug:
            host.labels[label] = slug
    kind = device.record("device_type")
    if kind is not None:
        named = {"model": kind.string("model"), "vendor": kind.string("manufacturer", "name")}
        host.labels |= {label: value for label, value in named.items() if value}
    device.get("device_type")
    if device.string("serial"):
        host.label("serial", "serial")
    own = device.record("custom_fields")
    for key, value in own.data.items() if own else ():
        if value is None:
            device.get("custom_fields", key)
        else:
            host.label(key, "custom_fields", key)


def _slug(device: Record, key: str) -> str | None:
    """The short name of another object, of which pages hold a summary."""
    if not isinstance(device.data.get(key), dict):
        device.get(key)
        return None
    slug = device.string(key, "slug") or device.string(key, "name")
    device.get(key)
    return slug
