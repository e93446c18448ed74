"""The disk and the network inside a guest: fio, iperf3 and ping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lab import fio, network_load
from lab.guests import Guest, guests
from lab.lab import Lab
from lab.report import RATE, SECONDS, Figure, Row
from lab.samples import Case, interleave

LIBVIRT, MARTLET = "libvirt", "martlet"
TOOLS = ("fio", "iperf3")
MEBIBYTES = 512


@dataclass(frozen=True)
class Kind:
    """One of the things that a guest does."""

    name: str
    unit: str
    measure: Callable[[Guest], float]


def measure(lab: Lab) -> Figure:
    machine = lab.networked("load", MEBIBYTES, TOOLS)
    kinds = _kinds(lab)
    with lab.both() as (libvirt, martlet):
        libvirt.start_network()
        with guests(machine, libvirt, martlet) as (theirs, ours):
            sides = {LIBVIRT: theirs} | ({MARTLET: ours} if ours else {})
            for label, guest in sides.items():
                lab.progress.say(f"{label}'s guest writes what it will read")
                fio.fill(guest)
            # Of each kind one after the other. While one guest works, the other has nothing to do.
            cases = [
                Case(f"{label}: {kind.name}", partial(kind.measure, guest))
                for kind in kinds
                for label, guest in sides.items()
            ]
            samples = interleave(cases, lab.sizes.load_times, 1, lab.progress)
    return Figure(
        [
            Row(
                kind.name, kind.unit, "the same under libvirt",
                samples[f"{LIBVIRT}: {kind.name}"], samples.get(f"{MARTLET}: {kind.name}"), limit=1.05,
            )
            for kind in kinds
        ]
    )  # fmt: skip


def _kinds(lab: Lab) -> list[Kind]:
    seconds, environment = lab.sizes.load_seconds, lab.environment

    def disk(name: str, unit: str, job: fio.Job) -> Kind:
        return Kind(f"disk: {name}", unit, lambda guest: fio.load(guest, job, seconds))

    def stream(name: str, *options: str) -> Kind:
        return Kind(f"network: {name}", RATE, lambda guest: network_load.stream(guest, seconds, environment, *options))

    return [
        disk("4 KiB read at random, latency", SECONDS, fio.RANDOM_READ),
        disk("4 KiB written at random, latency", SECONDS, fio.RANDOM_WRITE),
        disk("read in sequence by 1 MiB", RATE, fio.READ),
        disk("written in sequence by 1 MiB", RATE, fio.WRITE),
        stream("TCP to the guest"),
        stream("TCP from the guest", "--reverse"),
        Kind("network: round trip of a ping", SECONDS, lambda guest: network_load.round_trip(guest, environment)),
    ]
