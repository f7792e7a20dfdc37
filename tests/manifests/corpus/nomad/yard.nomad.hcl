# A yard: services beside each other, a batch, a system job's exporter in a file of its own.
variable "tag" {
  type    = string
  default = "5.1"
}

job "yard" {
  datacenters = ["lund", "malmo-*"]
  type        = "service"
  priority    = 70
  node_pool   = "gates"

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  constraint {
    attribute = "${attr.driver.docker.version}"
    operator  = "version"
    value     = ">= 20.10, < 28"
  }

  affinity {
    attribute = "${meta.rack}"
    value     = "r1"
    weight    = 70
  }

  group "gate" {
    count = 3

    constraint {
      distinct_hosts = true
    }

    constraint {
      attribute    = "${meta.lenses}"
      set_contains = "wide,night"
    }

    spread {
      attribute = "${node.datacenter}"
      weight    = 40
    }

    network {
      mode = "bridge"
      port "http" {
        static = 8080
        to     = 80
      }
      port "metrics" {}
    }

    ephemeral_disk {
      size = 500
    }

    task "gate" {
      driver = "docker"

      config {
        image = "registry.example.com/yard/gate:${var.tag}"
        args  = ["--wide"]
        ports = ["http"]
      }

      env {
        NODE = "${node.unique.name}"
        RACK = "rack-${meta.rack}"
      }

      service {
        name = "gate"
        port = "http"
        check {
          type     = "http"
          path     = "/ready"
          interval = "20s"
          timeout  = "2s"
        }
      }

      resources {
        cpu    = 500
        memory = 256
        device "nvidia/gpu" {
          count = 1
          constraint {
            attribute = "${device.attr.memory}"
            operator  = ">="
            value     = "8 GiB"
          }
        }
      }
    }

    task "logs" {
      driver = "docker"
      lifecycle {
        hook    = "prestart"
        sidecar = true
      }
      config {
        image = "registry.example.com/yard/logs:1"
      }
      resources {
        cpu    = 100
        memory = 64
      }
    }
  }

  group "scale" {
    constraint {
      attribute = "${node.class}"
      operator  = "!="
      value     = "small"
    }

    constraint {
      attribute = "${meta.floor}"
      operator  = ">"
      value     = "2"
    }

    task "scale" {
      driver = "exec"
      config {
        command = "/usr/bin/scale"
      }
      resources {
        cores  = 2
        memory = 1024
      }
    }
  }
}
