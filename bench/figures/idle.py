"""What the daemons use of a processor while a hundred machines are there and nobody asks anything."""

from __future__ import annotations

import time

from lab import processes
from lab.lab import Lab
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Samples

MEBIBYTES = 32


def measure(lab: Lab) -> Figure:
    names = [f"idle-{number:03}" for number in range(lab.sizes.idle)]
    machines = lab.bootable(names, MEBIBYTES)
    with lab.both() as (libvirt, martlet):
        lab.progress.say(f"starting {len(names)} machines of {MEBIBYTES} MiB, paused, on each side")
        libvirt.make_disks(machines)
        libvirt.define(machines)
        libvirt.one_process(names)
        theirs = _idle(lab, libvirt, len(libvirt.paused()), names)
        libvirt.destroy(names)
        ours = None
        if martlet:
            martlet.create(machines)
            martlet.start_paused(names)
            ours = _idle(lab, martlet, len(martlet.names("paused")), names)
    what = f"the daemon's processor time in {lab.sizes.idle_seconds} s beside {len(names)} machines"
    return Figure([Row(what, SECONDS, "libvirtd", theirs, ours)])


def _idle(lab: Lab, daemon: Libvirt | Martlet, paused: int, names: list[str]) -> Samples:
    if paused != len(names):
        lab.progress.say(f"only {paused} of {len(names)} machines are there")
    processes.settle(daemon.process)
    before = processes.cpu_seconds(daemon.process)
    time.sleep(lab.sizes.idle_seconds)
    return Samples((processes.cpu_seconds(daemon.process) - before,))
