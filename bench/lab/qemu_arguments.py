"""The machine for QEMU alone: the arguments that Martlet would give it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lab.definition import APPEND, MACHINE_TYPE, Definition

Properties = dict[str, Any]


def qemu_arguments(machine: Definition, monitor: int, console: int) -> list[str]:
    """With listening sockets for QMP and the console as descriptors. The machine starts stopped."""
    return [
        "-nodefaults", "-no-user-config", "-S",
        "-name", f"guest={machine.name},debug-threads=on", "-uuid", machine.id,
        "-msg", "timestamp=on",
        "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        "-machine", f"type={MACHINE_TYPE},memory-backend=memory,vmport=off,dump-guest-core=off,graphics=off",
        *_accelerator(machine),
        "-smp", "cpus=1,sockets=1,cores=1,threads=1", "-m", f"size={machine.mebibytes}M",
        "-object", _json(_memory(machine)),
        "-display", "none", "-boot", "strict=on",
        "-kernel", str(machine.kernel), "-initrd", str(machine.initrd), "-append", APPEND,
        "-rtc", "base=utc", "-action", "panic=none,watchdog=reset",
        "-global", "driver=ICH9-LPC,property=disable_s3,value=1",
        "-global", "driver=ICH9-LPC,property=disable_s4,value=1",
        "-chardev", f"socket,id=qmp,fd={monitor},server=on,wait=off", "-mon", "chardev=qmp,mode=control",
        "-chardev", f"socket,id=console,fd={console},server=on,wait=off",
        "-object", _json({"qom-type": "rng-builtin", "id": "entropy"}),
        "-blockdev", _json(_disk_node(machine.disk)),
        "-netdev", _json({"type": "user", "id": "network0"}),
        *(argument for device in _devices(machine) for argument in ("-device", _json(device))),
    ]  # fmt: skip


def _accelerator(machine: Definition) -> list[str]:
    if machine.accelerator == "kvm":
        return ["-accel", "kvm", "-cpu", "host"]
    return ["-accel", f"tcg,thread=multi,tb-size={machine.translation_mebibytes}", "-cpu", "max,erms=off"]


def _memory(machine: Definition) -> Properties:
    return {"qom-type": "memory-backend-memfd", "id": "memory", "size": machine.mebibytes << 20, "share": True}


def _disk_node(path: Path) -> Properties:
    common = {"read-only": False, "discard": "unmap", "cache": {"direct": False, "no-flush": False}}
    file = {"driver": "file", "node-name": "disk0-file", "filename": str(path), "locking": "on", "aio": "threads"}
    format = {"driver": "qcow2", "node-name": "disk0", "detect-zeroes": "unmap", "backing": None}
    return format | common | {"file": file | common}


def _devices(machine: Definition) -> list[Properties]:
    """Each virtio device behind a root port of its own, and the empty ones that Martlet keeps for others."""
    return [
        _root_port("port-entropy", 2, 0), *(_root_port(f"port-spare{number}", 2, number) for number in range(1, 3)),
        _root_port("port-balloon", 2, 5),
        *(_root_port(f"port-adapter{number}", 3, number) for number in range(4)),
        *(_root_port(f"port-disk{number}", 8, number) for number in range(4)),
        {"driver": "isa-serial", "id": "serial0", "chardev": "console", "index": 0},
        {"driver": "virtio-rng-pci", "id": "entropy0", "rng": "entropy", "bus": "port-entropy"},
        {"driver": "virtio-balloon-pci", "id": "balloon0", "bus": "port-balloon", "deflate-on-oom": True,
         "free-page-reporting": True},
        {"driver": "pvpanic", "id": "panic0"},
        {"driver": "vmgenid", "id": "generation0", "guid": machine.id},
        {"driver": "i6300esb", "id": "watchdog0", "bus": "pcie.0", "addr": "0x10"},
        {"driver": "virtio-blk-pci", "id": "disk0-device", "drive": "disk0", "bus": "port-disk0", "bootindex": 1,
         "write-cache": "on", "werror": "stop", "rerror": "stop"},
        {"driver": "virtio-net-pci", "id": "adapter0", "netdev": "network0", "bus": "port-adapter0", "romfile": ""},
    ]  # fmt: skip


def _root_port(name: str, slot: int, function: int) -> Properties:
    place = {"bus": "pcie.0", "addr": f"0x{slot:x}.0x{function}", "multifunction": True, "chassis": slot * 8 + function}
    return {"driver": "pcie-root-port", "id": name, "io-reserve": 0} | place


def _json(value: Properties) -> str:
    return json.dumps(value, separators=(",", ":"))
