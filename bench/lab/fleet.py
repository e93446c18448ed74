"""A thousand machines that are defined and off, in libvirt and in Martlet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab import processes
from lab.errors import CannotMeasure
from lab.lab import Lab
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.processes import Memory


@dataclass(frozen=True)
class Fleet:
    """Both, and the memory of each daemon as it was when it had just taken the definitions."""

    count: int
    libvirt: Libvirt
    libvirt_memory: Memory
    martlet: Martlet | None
    martlet_memory: Memory | None


@contextmanager
def fleet(lab: Lab) -> Iterator[Fleet]:
    count = lab.sizes.fleet
    machines = lab.stand_ins([f"machine-{number:05}" for number in range(count)])
    with lab.both() as (libvirt, martlet):
        lab.progress.say(f"defining {count:,} machines in libvirt")
        libvirt.define(machines)
        _check("libvirt", len(libvirt.virsh("list", "--all", "--name").output.split()), count)
        libvirt_memory = _memory(libvirt)
        martlet_memory = None
        if martlet:
            lab.progress.say(f"creating {count:,} machines in Martlet, with a disk each")
            martlet.create(machines)
            _check("Martlet", len(martlet.names("off")), count)
            martlet_memory = _memory(martlet)
        yield Fleet(count, libvirt, libvirt_memory, martlet, martlet_memory)


def _check(who: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise CannotMeasure(f"{who} has {found} machines instead of {wanted}")


def _memory(daemon: Libvirt | Martlet) -> Memory:
    processes.settle(daemon.process)
    return daemon.memory()
