"""fio in a guest, on its disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.errors import CannotMeasure
from lab.guests import Guest

DISK = "/dev/vda"
REGION = 256
"""MiB of the disk that are read and written. They were written before, since what never was is not read from a disk."""

COMMON = f"--filename={DISK} --size={REGION}M --direct=1 --ioengine=psync --thread --group_reporting"

# Of fio's terse output, version 3, counted from 0 (HOWTO, "Terse output").
NAME, READ_RATE, READ_LATENCY, WRITE_RATE, WRITE_LATENCY = 2, 6, 39, 47, 80


@dataclass(frozen=True)
class Job:
    """One kind of access, one request at a time."""

    name: str
    access: str
    block: str
    field: int
    unit: float
    """What fio counts the field in, in seconds or in bytes a second."""

    def options(self, seconds: int) -> str:
        lasting = f"--time_based --runtime={seconds}"
        return f"--name={self.name} --stonewall --rw={self.access} --bs={self.block} {lasting}"


RANDOM = (
    Job("random-read", "randread", "4k", READ_LATENCY, 1e-6),
    Job("random-write", "randwrite", "4k", WRITE_LATENCY, 1e-6),
)
SEQUENTIAL = (
    Job("read", "read", "1M", READ_RATE, 1024),
    Job("write", "write", "1M", WRITE_RATE, 1024),
)


def fill(guest: Guest) -> None:
    """Writes what will be read."""
    guest.console.run(f"fio {COMMON} --name=fill --rw=write --bs=1M >/dev/null", within=300)


def load(guest: Guest, seconds: int) -> Mapping[str, float]:
    """Each job for as long: of the random ones the mean latency in seconds, of the others bytes a second."""
    jobs = [*RANDOM, *SEQUENTIAL]
    options = " ".join(job.options(seconds) for job in jobs)
    # Printed only at the end: the console is slow, and the processor that draws it is the one that is measured.
    command = f"fio --output-format=terse --terse-version=3 {COMMON} {options} >/tmp/fio; cat /tmp/fio"
    lines = [line.split(";") for line in guest.console.run(command, within=60 + 2 * seconds * len(jobs)).splitlines()]
    fields = {line[NAME]: line for line in lines if len(line) > WRITE_LATENCY}
    missing = [job.name for job in jobs if job.name not in fields]
    if missing:
        raise CannotMeasure(f"fio printed nothing of {missing}: {lines}")
    return {job.name: float(fields[job.name][job.field]) * job.unit for job in jobs}
