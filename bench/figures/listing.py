"""A thousand machines listed: the whole command, from before it is spawned until it has ended."""

from __future__ import annotations

from lab.errors import CannotMeasure
from lab.fleet import Fleet
from lab.lab import Lab
from lab.processes import Ended
from lab.report import SECONDS, Figure, Row
from lab.samples import Case, interleave

VIRSH, MARTLET = "virsh list --all", "martlet vm list"


def measure(lab: Lab, fleet: Fleet) -> Figure:
    cases = [Case(VIRSH, lambda: _checked(fleet.libvirt.virsh("list", "--all"), fleet.count))]
    martlet = fleet.martlet
    if martlet:
        cases.append(Case(MARTLET, lambda: _checked(martlet.command("vm", "list"), fleet.count)))
    samples = interleave(cases, lab.sizes.lists, 2, lab.progress)
    what = f"list {fleet.count:,} machines"
    return Figure([Row(what, SECONDS, VIRSH, samples[VIRSH], samples.get(MARTLET), limit=1.0, aim=0.5)])


def _checked(ended: Ended, count: int) -> float:
    lines = ended.output.count("machine-")
    if lines != count:
        raise CannotMeasure(f"a list of {count} machines names {lines}")
    return ended.seconds
