"""fio in a guest, on its disk."""

from __future__ import annotations

from dataclasses import dataclass

from lab.errors import CannotMeasure
from lab.guests import Guest

DISK = "/dev/vda"
REGION = 256
"""MiB of the disk that are read and written. They were written before, since what never was is not read from a disk."""

COMMON = f"--filename={DISK} --size={REGION}M --direct=1 --ioengine=psync --thread"

# Of fio's terse output, version 3, counted from 0 (HOWTO, "Terse output").
READ_RATE, READ_LATENCY, WRITE_RATE, WRITE_LATENCY = 6, 39, 47, 80
MICROSECOND, KIBIBYTE = 1e-6, 1024


@dataclass(frozen=True)
class Job:
    """One kind of access, one request at a time; its result is a mean latency in seconds, or bytes a second."""

    access: str
    block: str
    field: int
    unit: float
    """What fio counts the field in."""


RANDOM_READ = Job("randread", "4k", READ_LATENCY, MICROSECOND)
RANDOM_WRITE = Job("randwrite", "4k", WRITE_LATENCY, MICROSECOND)
READ = Job("read", "1M", READ_RATE, KIBIBYTE)
WRITE = Job("write", "1M", WRITE_RATE, KIBIBYTE)


def fill(guest: Guest) -> None:
    """Writes what will be read."""
    guest.console.run(f"fio {COMMON} --name=fill --rw=write --bs=1M >/dev/null", within=300)


def load(guest: Guest, job: Job, seconds: int) -> float:
    """Does a job for as long."""
    what = f"--name=job --rw={job.access} --bs={job.block} --time_based --runtime={seconds}"
    # Printed only at the end: the console is slow, and the processor that draws it is the one that is measured.
    command = f"fio --output-format=terse --terse-version=3 {COMMON} {what} >/tmp/fio; cat /tmp/fio"
    output = guest.console.run(command, within=60 + 2 * seconds)
    fields = output.strip().split(";")
    if len(fields) <= WRITE_LATENCY:
        raise CannotMeasure(f"fio printed no result: {output}")
    return float(fields[job.field]) * job.unit
