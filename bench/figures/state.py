"""A booted guest of 512 MiB saved to a file, and restored from it until it runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lab.definition import Definition
from lab.errors import CannotMeasure
from lab.guests import guests
from lab.lab import Lab
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Side, interleave_sides

VIRSH, MARTLET = "virsh", "martlet"
SAVE, RESTORE = "save", "restore"


def measure(lab: Lab) -> Figure:
    [machine] = lab.bootable(["state"], mebibytes=512)
    with lab.both() as (libvirt, martlet), guests(machine, libvirt, martlet):
        sides = [Side(VIRSH, lambda: _in_libvirt(libvirt, machine, lab.scratch / "state.save"))]
        if martlet:
            sides.append(Side(MARTLET, lambda: _in_martlet(martlet, machine)))
        samples = interleave_sides(sides, lab.sizes.starts, 1, lab.progress)

    def row(figure: str, name: str) -> Row:
        theirs, ours = samples[VIRSH][name], samples.get(MARTLET, {}).get(name)
        return Row(figure, SECONDS, f"virsh {name}", theirs, ours, limit=1.05)

    return Figure([row("save a 512 MiB guest", SAVE), row("restore it, running", RESTORE)])


def _in_libvirt(libvirt: Libvirt, machine: Definition, file: Path) -> Mapping[str, float]:
    saved = libvirt.virsh("save", machine.name, str(file)).seconds
    restored = libvirt.virsh("restore", str(file), "--running").seconds
    if machine.name not in libvirt.active():
        raise CannotMeasure(f"libvirt has restored '{machine.name}', and it doesn't run")
    file.unlink()
    return {SAVE: saved, RESTORE: restored}


def _in_martlet(martlet: Martlet, machine: Definition) -> Mapping[str, float]:
    saved = martlet.command("vm", "save", machine.name).seconds
    restored = martlet.command("vm", "start", machine.name).seconds
    if martlet.names("running") != [machine.name]:
        raise CannotMeasure(f"Martlet has restored '{machine.name}', and it doesn't run")
    return {SAVE: saved, RESTORE: restored}
