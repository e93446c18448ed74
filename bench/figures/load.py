"""The disk and the network inside a guest: fio, iperf3 and ping."""

from __future__ import annotations

from collections.abc import Mapping

from lab import fio, network_load
from lab.guests import Guest, guests
from lab.lab import Lab
from lab.report import RATE, SECONDS, Figure, Row
from lab.samples import Side, interleave_sides

LIBVIRT, MARTLET = "libvirt", "martlet"
TOOLS = ("fio", "iperf3")
MEBIBYTES = 512

ROWS = {
    "random-read": ("disk: 4 KiB read at random, latency", SECONDS),
    "random-write": ("disk: 4 KiB written at random, latency", SECONDS),
    "read": ("disk: read in sequence by 1 MiB", RATE),
    "write": ("disk: written in sequence by 1 MiB", RATE),
    network_load.TO_GUEST: ("network: TCP to the guest", RATE),
    network_load.FROM_GUEST: ("network: TCP from the guest", RATE),
    network_load.ROUND_TRIP: ("network: round trip of a ping", SECONDS),
}


def measure(lab: Lab) -> Figure:
    machine = lab.networked("load", MEBIBYTES, TOOLS)
    with lab.both() as (libvirt, martlet):
        libvirt.start_network()
        with guests(machine, libvirt, martlet) as (theirs, ours):
            sides = [_side(lab, LIBVIRT, theirs)]
            if ours:
                sides.append(_side(lab, MARTLET, ours))
            samples = interleave_sides(sides, lab.sizes.load_times, 1, lab.progress)
    ours_of = samples.get(MARTLET, {})
    return Figure(
        [
            Row(figure, unit, "the same under libvirt", samples[LIBVIRT][name], ours_of.get(name), limit=1.05)
            for name, (figure, unit) in ROWS.items()
        ]
    )


def _side(lab: Lab, label: str, guest: Guest) -> Side:
    """While one guest works the other has nothing to do."""
    lab.progress.say(f"{label}'s guest writes what it will read")
    fio.fill(guest)

    def measure() -> Mapping[str, float]:
        seconds = lab.sizes.load_seconds
        return {**fio.load(guest, seconds), **network_load.load(guest, seconds, lab.environment)}

    return Side(label, measure)
