"""A fleet that uses every construct of the language."""

from __future__ import annotations

from placelang.diagnostics import Severity
from tests.check.texts import checked

WHOLE = """\
# Ticket gates of a metro: count people, keep counting when a cabinet loses power.

param release: string = "9.2.1"
param floor: bytes = 2GiB

label site.retired: bool = false
label site.line: string from "metro.example.com/line"
label host.cabinet: string in ["door", "hall"]
let host.quick = any(gpus where memory >= 6GiB) or sum(memory, gpus where vendor == "intel") >= 8GiB
let night = 22
resource gate-slots: number

device lidar {
  udev 'SUBSYSTEM=="usb", ATTR{idVendor}=="0403"'
}

model people {
  version   "${release}"
  providers openvino, cuda, cpu
  baseline  "models/people.baseline.json"
  retain    1
  variant wide {
    file  "models/people.wide.onnx"
    needs gpu share 3GiB where driver >= "550.54"
  }
  variant narrow {
    file  "models/people.narrow.onnx"
    needs memory 700MiB
  }
}

app gates {
  param limit = 120ms

  model faces {
    file  "models/faces.onnx"
    needs memory 1GiB
  }

  sites where country in ["CZ", "PL"] and kind == "station" and not retired
  prefer sites where uplink.kind == "fibre" weight 2
  priority 300
  survive 1 host

  service counter {
    image    "registry.example.com/metro/counter:${release}"
    command  "serve", "--floor", "${floor}"
    serves   people, faces
    tags     "video", "personal"
    replicas 1..3 per site
    needs    cpu 2, memory (floor), gate-slots 1, shared device lidar
    hosts    where arch == "arm64" and cabinet in ["hall", "door"] and kernel >= "6.1"
    hosts    where (host.model(faces).p95 ?? 40ms) <= 90ms and name ~ '^gate-'
    prefer   hosts where quick weight 8
    prefer   survive 1 zone
    spread over zone skew 1
    at most 1 per host
    at least 1 different rack
    port     7001 to 80
    env      LEVEL = "info", STATION = site.name, KEY = secret("metro/key"), PEERS = address(store)
    unsafe env LEGACY = secret("metro/legacy")
    volume   "/var/lib/counter" keep
    volume   "/host/serial" from "/dev/serial" readonly
    health   http 80 "/alive" every 5s timeout 1s retries 4
    restart  on-failure
    user     1001
    allow capability SYS_NICE
    after    store

    sidecar shipper {
      image "registry.example.com/metro/shipper:3"
      needs cpu 100m, memory 64MiB
      env   SITE = site.name
    }
  }

  service store {
    image    "registry.example.com/metro/store:5"
    replicas 1 per site
    single
    needs    memory 1GiB, disk 50GiB
    port     5432
    same zone as counter
    link     counter latency <= 4ms, bandwidth >= 10Mbps
  }

  service board {
    image    "registry.example.com/metro/board:1"
    replicas 2
    needs    cpu 250m
    different host than gates.store
    active   weekdays between 05:00 and 23:30
  }

  job learn {
    image   "registry.example.com/metro/learn:2"
    needs   cpu 2, gpu 1, download 3GB
    lasts   90min
    every   monday, thursday
    between 00:30 and 04:30
    retries 2
  }

  rollout {
    wave first: 2 sites where line == "A", healthy for 30min, approved
    wave some:  15% of sites
    wave rest:  all sites
    at most 5 sites at once
    at most 1 host per site at once
    proceed when healthy for 5min
    otherwise roll back
  }

  monitor people {
    alert     when p99(latency) > limit or mean(confidence) < 0.4 for 10min
    roll back when errors > 5% and throughput > 1 for 2min
    run learn when drift(output) > 0.3 for 6h
  }

  monitor store {
    alert when restarts > 2 or (health ?? 0%) < 100%
  }
}

policy city {
  hosts where cabinet == "door" { at most 4 replicas; reserve memory 15%; accept services where priority > 100 }
  services where "personal" in tags { sites where region == "EU"; forbid privileged; priority at most 500 }
  sites where kind == "station" {
    change only saturday, sunday between 01:00 and 03:30 except 2026-12-23 to 2027-01-02
    at most 2GB per day
  }
  prefer reserve cpu 10% weight 2
  forbid capability SYS_ADMIN
}

optimize placed, preferences, moves, balance cpu, latency

test "a cabinet loses power" {
  inventory "inventory.yaml"
  given  host "gate-7" is down
  expect 1 gates.store in site "florenc"
}
"""


def test_nothing_of_it_is_refused() -> None:
    found, diagnostics = checked(WHOLE)
    assert [d.message for d in diagnostics if d.severity is Severity.ERROR] == []
    assert found is not None
