"""A disk and a network adapter given to a booted guest; it lets go of them again, which isn't measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lab import processes
from lab.definition import Definition
from lab.guests import Guest, guests
from lab.lab import Lab
from lab.libvirt import Libvirt, make_disk
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Side, interleave_sides

VIRSH, MARTLET = "virsh", "martlet"
DISK, ADAPTER = "disk", "adapter"
MEBIBYTES = 256
EXTRA = "extra"
PERSISTENT = ("--persistent",)
"""In the definition, too, as Martlet always does: it would be lost when the machine is turned off."""
HARDWARE_ADDRESS = "52:54:00:00:be:7c"

HAS_DISK = "[ -b /dev/vdb ]"
HAS_ADAPTER = "ip -o -f inet address show eth1 2>/dev/null | grep -q inet && [ -s /run/udhcpc.eth1.pid ]"
"""Its hot-plugging has come to rest when it has an address, and what asked for it waits in the background."""
FORGET_ADAPTER = "kill $(cat /run/udhcpc.eth1.pid); rm -f /run/udhcpc.eth1.pid || true"
"""What is killed removes its file itself, and may do so while `rm` does."""


def measure(lab: Lab) -> Figure:
    machine = lab.networked("hotadd", MEBIBYTES)
    extra = machine.disk.with_name("extra.qcow2")
    with lab.both() as (libvirt, martlet):
        libvirt.start_network()
        with guests(machine, libvirt, martlet) as (theirs, ours):
            make_disk(extra, lab.environment)
            sides = [Side(VIRSH, lambda: _in_libvirt(libvirt, machine, theirs, extra))]
            if martlet and ours:
                martlet.command("disk", "create", EXTRA, "1GiB")
                sides.append(Side(MARTLET, lambda: _in_martlet(martlet, machine, ours)))
            samples = interleave_sides(sides, lab.sizes.plugs, 1, lab.progress)

    def row(what: str, peer: str) -> Row:
        theirs, ours = samples[VIRSH][what], samples.get(MARTLET, {}).get(what)
        return Row(f"{what} added to a running guest", SECONDS, peer, theirs, ours, limit=1.05)

    return Figure([row(DISK, "virsh attach-disk"), row(ADAPTER, "virsh attach-interface")])


def _in_libvirt(libvirt: Libvirt, machine: Definition, guest: Guest, extra: Path) -> Mapping[str, float]:
    name = machine.name
    format = ("--driver", "qemu", "--subdriver", "qcow2")
    disk = libvirt.virsh("attach-disk", name, str(extra), "vdb", "--targetbus", "virtio", *format, *PERSISTENT).seconds
    _until(guest, HAS_DISK)
    libvirt.virsh("detach-disk", name, "vdb", *PERSISTENT)
    processes.eventually("libvirt's guest lets go of the disk", lambda: "vdb" not in _blocks(libvirt, name))
    _until(guest, f"! {HAS_DISK}")

    identity = ("--mac", HARDWARE_ADDRESS)
    card = ("network", "nat", "--model", "virtio", *identity)
    adapter = libvirt.virsh("attach-interface", name, *card, *PERSISTENT).seconds
    _until(guest, HAS_ADAPTER)
    guest.console.run(FORGET_ADAPTER)
    libvirt.virsh("detach-interface", name, "network", *identity, *PERSISTENT)
    processes.eventually(
        "libvirt's guest lets go of the adapter", lambda: HARDWARE_ADDRESS not in _interfaces(libvirt, name)
    )
    _until(guest, "[ ! -e /sys/class/net/eth1 ]")
    return {DISK: disk, ADAPTER: adapter}


def _in_martlet(martlet: Martlet, machine: Definition, guest: Guest) -> Mapping[str, float]:
    disk = martlet.command("disk", "attach", EXTRA, machine.name).seconds
    _until(guest, HAS_DISK)
    martlet.command("disk", "detach", EXTRA)
    _until(guest, f"! {HAS_DISK}")

    adapter = martlet.command("adapter", "add", machine.name, "--switch", "nat").seconds
    _until(guest, HAS_ADAPTER)
    guest.console.run(FORGET_ADAPTER)
    martlet.command("adapter", "remove", machine.name, "1")
    _until(guest, "[ ! -e /sys/class/net/eth1 ]")
    return {DISK: disk, ADAPTER: adapter}


def _until(guest: Guest, condition: str) -> None:
    guest.console.run(f"until {condition}; do usleep 50000; done")


def _blocks(libvirt: Libvirt, name: str) -> str:
    return libvirt.virsh("domblklist", name).output


def _interfaces(libvirt: Libvirt, name: str) -> str:
    return libvirt.virsh("domiflist", name).output
