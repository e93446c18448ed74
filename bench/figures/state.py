"""A booted guest of 512 MiB saved to a file, and restored from it until it runs."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from lab.definition import Definition
from lab.errors import CannotMeasure
from lab.lab import Lab
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Case, Samples, interleave

VIRSH, MARTLET = "virsh", "martlet"
READY = "martlet guest: ready"
BOOT_SECONDS = 180


def measure(lab: Lab) -> Figure:
    [machine] = lab.bootable(["state"], mebibytes=512)
    restores: dict[str, list[float]] = {VIRSH: [], MARTLET: []}
    with lab.both() as (libvirt, martlet):
        libvirt.make_disks([machine])
        libvirt.define([machine])
        libvirt.virsh("start", machine.name)
        _await_ready(machine.console)
        cases = [Case(VIRSH, lambda: _in_libvirt(libvirt, machine, lab.scratch / "state.save", restores[VIRSH]))]
        if martlet:
            martlet.create([machine])
            martlet.command("vm", "start", machine.name)
            martlet.command("vm", "console", machine.name, "--until", READY, "--timeout", f"{BOOT_SECONDS}s")
            cases.append(Case(MARTLET, lambda: _in_martlet(martlet, machine, restores[MARTLET])))
        saves = interleave(cases, lab.sizes.starts, 1, lab.progress)
    # Warm-ups come first, and are left out as they are of the saves.
    measured = {name: Samples(tuple(values[1:])) for name, values in restores.items() if values}
    return Figure(
        [
            Row("save a 512 MiB guest", SECONDS, "virsh save", saves[VIRSH], saves.get(MARTLET), limit=1.05),
            Row("restore it, running", SECONDS, "virsh restore", measured[VIRSH], measured.get(MARTLET), limit=1.05),
        ]
    )


def _in_libvirt(libvirt: Libvirt, machine: Definition, file: Path, restores: list[float]) -> float:
    saved = libvirt.virsh("save", machine.name, str(file)).seconds
    restores.append(libvirt.virsh("restore", str(file), "--running").seconds)
    if machine.name not in libvirt.active():
        raise CannotMeasure(f"libvirt has restored '{machine.name}', and it doesn't run")
    file.unlink()
    return saved


def _in_martlet(martlet: Martlet, machine: Definition, restores: list[float]) -> float:
    saved = martlet.command("vm", "save", machine.name).seconds
    restores.append(martlet.command("vm", "start", machine.name).seconds)
    if martlet.names("running") != [machine.name]:
        raise CannotMeasure(f"Martlet has restored '{machine.name}', and it doesn't run")
    return saved


def _await_ready(console: Path) -> None:
    """Reads libvirt's console socket until the guest says that it is there."""
    seen = b""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(BOOT_SECONDS)
        connection.connect(str(console))
        end = time.monotonic() + BOOT_SECONDS
        while READY.encode() not in seen and time.monotonic() < end:
            seen += connection.recv(65536) or b""
    if READY.encode() not in seen:
        raise CannotMeasure(f"libvirt's guest was not ready in {BOOT_SECONDS} s")
