"""What the daemons use of a processor while a hundred machines run and nobody asks anything."""

from __future__ import annotations

import time

from lab import processes
from lab.errors import CannotMeasure
from lab.lab import Lab
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Samples

MEBIBYTES = 32


def measure(lab: Lab) -> Figure:
    names = [f"idle-{number:03}" for number in range(lab.sizes.idle)]
    machines = lab.halted(names, MEBIBYTES)
    with lab.both() as (libvirt, martlet):
        lab.progress.say(f"starting {len(names)} machines of {MEBIBYTES} MiB, which halt, on each side")
        libvirt.make_disks(machines)
        libvirt.define(machines)
        libvirt.one_process(names, paused=False)
        theirs = _idle(lab, libvirt, len(libvirt.running()), names)
        libvirt.destroy(names)
        ours = None
        if martlet:
            martlet.create(machines)
            martlet.command("vm", "start", *names)
            ours = _idle(lab, martlet, len(martlet.names("running")), names)
    what = f"the daemon's processor time in {lab.sizes.idle_seconds} s beside {len(names)} running machines"
    return Figure([Row(what, SECONDS, "libvirtd", theirs, ours)])


def _idle(lab: Lab, daemon: Libvirt | Martlet, running: int, names: list[str]) -> Samples:
    if running != len(names):
        raise CannotMeasure(f"only {running} of {len(names)} machines run")
    processes.settle(daemon.process)
    before = processes.cpu_seconds(daemon.process)
    time.sleep(lab.sizes.idle_seconds)
    return Samples((processes.cpu_seconds(daemon.process) - before,))
