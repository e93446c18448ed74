"""The daemon's memory with a thousand machines defined and none running."""

from __future__ import annotations

from lab import processes
from lab.fleet import Fleet
from lab.lab import Lab
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.processes import Memory
from lab.report import BYTES, Figure, Row
from lab.samples import Samples

LIMIT, AIM = 1.5, 1.0


def measure(lab: Lab, fleet: Fleet) -> Figure:
    libvirt: list[Memory] = []
    martlet: list[Memory] = []
    for turn in range(lab.sizes.restarts):
        libvirt.append(_after_restart(fleet.libvirt))
        if fleet.martlet:
            martlet.append(_after_restart(fleet.martlet))
        lab.progress.turn(turn + 1, lab.sizes.restarts)
    first = [fleet.martlet_memory] if fleet.martlet_memory else []
    what = f"{fleet.count:,} machines"
    return Figure(
        [
            *_rows(f"daemon's memory, {what}, just defined", [fleet.libvirt_memory], first),
            *_rows(f"daemon's memory, {what}, restarted", libvirt, martlet),
        ]
    )


def _after_restart(daemon: Libvirt | Martlet) -> Memory:
    daemon.restart()
    processes.settle(daemon.process)
    return daemon.memory()


def _rows(figure: str, theirs: list[Memory], ours: list[Memory]) -> list[Row]:
    """Resident memory is what the limit is for; the proportional counts what is shared with others in part."""
    return [
        Row(
            f"{figure}: resident", BYTES, "libvirtd",
            _samples([each.resident for each in theirs]), _samples([each.resident for each in ours]), LIMIT, AIM,
        ),
        Row(
            f"{figure}: proportional", BYTES, "libvirtd",
            _samples([each.proportional for each in theirs]), _samples([each.proportional for each in ours]),
        ),
    ]  # fmt: skip


def _samples(values: list[int]) -> Samples | None:
    return Samples(tuple(float(value) for value in values)) if values else None
