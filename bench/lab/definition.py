"""One machine, told to libvirt and to Martlet in their own words; qemu_arguments.py has QEMU's."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

MACHINE_TYPE = "pc-q35-7.2"
DISK_BYTES = 1 << 30
APPEND = "console=ttyS0"
TRANSLATION_PART, TRANSLATION_LEAST, TRANSLATION_MOST = 4, 32, 256
"""What software emulation may keep of translated code: a quarter of the machine's memory, in MiB between these."""

ROOT_PORTS = 12
"""As many as Martlet's: four are for the machine's devices and the others for what is plugged in while it runs."""

Accelerator = Literal["kvm", "tcg"]
Network = Literal["user", "nat"]


@dataclass(frozen=True)
class Definition:
    """A direct boot, a qcow2 disk, a network card, a serial console at a socket, random numbers, no screen."""

    name: str
    kernel: Path
    initrd: Path
    disk: Path
    """Where libvirt and QEMU alone have it; Martlet makes its own."""
    accelerator: Accelerator
    mebibytes: int = 256
    network: Network = "user"
    """QEMU's own, or NAT behind a bridge: Martlet's first switch and libvirt's network, both called `nat`."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def translation_mebibytes(self) -> int:
        return min(max(self.mebibytes // TRANSLATION_PART, TRANSLATION_LEAST), TRANSLATION_MOST)

    @property
    def console(self) -> Path:
        return self.disk.with_suffix(".console")


def martlet_request(machine: Definition, with_disk: bool = True) -> dict[str, Any]:
    """The body of `POST /api/v1/vms`."""
    return {
        "name": machine.name,
        "generation": "direct",
        "memory": machine.mebibytes << 20,
        "cpus": 1,
        "directBoot": {"kernel": str(machine.kernel), "initrd": str(machine.initrd), "append": APPEND},
        "disks": [{"capacity": DISK_BYTES}] if with_disk else [],
        "switches": [machine.network],
    }


def libvirt_xml(machine: Definition) -> str:
    """The domain that `virsh define` takes."""
    if machine.accelerator == "kvm":
        kind, processor, emulation = "kvm", "host-passthrough", ""
    else:
        kind, processor = "qemu", "maximum"
        emulation = f"<tcg><tb-cache unit='MiB'>{machine.translation_mebibytes}</tb-cache></tcg>"
    return f"""<domain type='{kind}'>
  <name>{escape(machine.name)}</name>
  <uuid>{machine.id}</uuid>
  <genid>{machine.id}</genid>
  <memory unit='MiB'>{machine.mebibytes}</memory>
  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='{MACHINE_TYPE}'>hvm</type>
    <kernel>{escape(str(machine.kernel))}</kernel>
    <initrd>{escape(str(machine.initrd))}</initrd>
    <cmdline>{escape(APPEND)}</cmdline>
  </os>
  <features><acpi/><vmport state='off'/>{emulation}</features>
  <cpu mode='{processor}'/>
  <clock offset='utc'/>
  <pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap' detect_zeroes='unmap' error_policy='stop'/>
      <source file='{escape(str(machine.disk))}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <controller type='usb' model='none'/>
    {_root_ports(machine)}
    {_interface(machine)}
    <serial type='unix'><source mode='bind' path='{escape(str(machine.console))}'/><target port='0'/></serial>
    <rng model='virtio'><backend model='builtin'/></rng>
    <panic model='isa'/>
    <memballoon model='virtio' autodeflate='on' freePageReporting='on'/>
  </devices>
</domain>
"""


def _interface(machine: Definition) -> str:
    kind = "type='user'><" if machine.network == "user" else "type='network'><source network='nat'/><"
    return f"<interface {kind}model type='virtio'/><rom enabled='no'/></interface>"


def _root_ports(machine: Definition) -> str:
    """By itself libvirt makes none to spare, and nothing could be plugged in."""
    if machine.network == "user":
        return ""
    root = "<controller type='pci' index='0' model='pcie-root'/>"
    return root + "<controller type='pci' model='pcie-root-port'/>" * ROOT_PORTS
