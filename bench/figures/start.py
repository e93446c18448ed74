"""One machine started, paused, until the command returns."""

from __future__ import annotations

from lab import qemu
from lab.definition import Definition
from lab.errors import CannotMeasure
from lab.lab import Lab
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Case, interleave

QEMU, VIRSH, MARTLET = "QEMU alone, to QMP", "virsh start --paused", "martlet vm start --paused"


def measure(lab: Lab) -> Figure:
    [machine] = lab.bootable(["start"])
    with lab.both() as (libvirt, martlet):
        libvirt.make_disks([machine])
        libvirt.define([machine])
        cases = [
            Case(QEMU, lambda: qemu.start_paused(machine, lab.environment)),
            Case(VIRSH, lambda: _start_in_libvirt(libvirt, machine)),
        ]
        if martlet:
            martlet.create([machine])
            cases.append(Case(MARTLET, lambda: _start_in_martlet(martlet, machine)))
        samples = interleave(cases, lab.sizes.starts, 1, lab.progress)
    ours = samples.get(MARTLET)
    return Figure(
        [
            Row("start a machine, paused", SECONDS, VIRSH, samples[VIRSH], ours, limit=0.35),
            Row("start a machine, paused", SECONDS, QEMU, samples[QEMU], ours, aim=2.0),
        ]
    )


def _start_in_libvirt(libvirt: Libvirt, machine: Definition) -> float:
    seconds = libvirt.virsh("start", "--paused", machine.name).seconds
    _check("libvirt", machine, libvirt.paused())
    libvirt.destroy([machine.name])
    return seconds


def _start_in_martlet(martlet: Martlet, machine: Definition) -> float:
    seconds = martlet.start_paused([machine.name]).seconds
    _check("Martlet", machine, martlet.names("paused"))
    martlet.turn_off([machine.name])
    return seconds


def _check(who: str, machine: Definition, paused: list[str]) -> None:
    if paused != [machine.name]:
        raise CannotMeasure(f"{who} has started '{machine.name}', and then these machines are paused: {paused}")
