"""Fifty machines started, paused: the time until all are. Each side in several ways, and its best way counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from lab.errors import CannotMeasure
from lab.lab import Lab
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.processes import Ended
from lab.report import SECONDS, Figure, Row, shown
from lab.samples import Case, best, interleave

PARALLEL = 4


def measure(lab: Lab) -> Figure:
    names = [f"many-{number:02}" for number in range(lab.sizes.many)]
    machines = lab.bootable(names, _mebibytes(len(names)))
    with lab.both() as (libvirt, martlet):
        lab.progress.say(f"defining {len(names)} machines of {machines[0].mebibytes} MiB")
        libvirt.make_disks(machines)
        libvirt.define(machines)
        theirs = _libvirt_cases(libvirt, names)
        ours: list[Case] = []
        if martlet:
            martlet.create(machines)
            ours = _martlet_cases(martlet, names)
        samples = interleave(theirs + ours, lab.sizes.many_times, 0, lab.progress)
    peer = best(samples, [case.label for case in theirs])
    own = best(samples, [case.label for case in ours]) if ours else None
    what = f"start {len(names)} machines, paused"
    row = Row(what, SECONDS, peer, samples[peer], samples[own] if own else None, limit=1.0)
    notes = [f"{len(names)} machines, {label}: {shown(taken, SECONDS)}" for label, taken in samples.items()]
    return Figure([row], notes)


def _libvirt_cases(libvirt: Libvirt, names: list[str]) -> list[Case]:
    def case(label: str, way: Callable[[], Ended]) -> Case:
        def once() -> float:
            ended = way()
            _check("libvirt", names, libvirt.paused())
            libvirt.destroy(names)
            return ended.seconds

        return Case(label, once)

    return [
        case("virsh start, one after the other", lambda: libvirt.loop(names, 1)),
        case(f"virsh start, {PARALLEL} at a time", lambda: libvirt.loop(names, PARALLEL)),
        case("one virsh that starts all", lambda: libvirt.one_process(names)),
    ]


def _martlet_cases(martlet: Martlet, names: list[str]) -> list[Case]:
    def case(label: str, way: Callable[[], Ended]) -> Case:
        def once() -> float:
            ended = way()
            _check("Martlet", names, martlet.names("paused"))
            martlet.turn_off(names)
            return ended.seconds

        return Case(label, once)

    return [
        case("martlet vm start with all names", lambda: martlet.start_paused(names)),
        case(f"martlet vm start, {PARALLEL} at a time", lambda: martlet.start_in_parallel(names, PARALLEL)),
    ]


def _check(who: str, wanted: Sequence[str], paused: Sequence[str]) -> None:
    missing = set(wanted) - set(paused)
    if missing:
        raise CannotMeasure(f"{who} has started {len(wanted)} machines, and then {len(missing)} of them are not paused")


def _mebibytes(machines: int) -> int:
    """256 MiB each, or less where that would take more than two thirds of the host's memory."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    for size in (256, 128, 64):
        if machines * size <= total * 2 // 3:
            return size
    raise CannotMeasure(f"{machines} machines of 64 MiB need more than two thirds of this host's {total} MiB of memory")
