"""Running processes, waiting for them, and what the kernel says of them."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import CannotMeasure

COMMAND_TIMEOUT = 600
"""Seconds. Past it a command counts as hung."""


@dataclass(frozen=True)
class Ended:
    """A command that succeeded: what it printed, and how long it took, from before its spawning to its reaping."""

    seconds: float
    output: str


@dataclass(frozen=True)
class Memory:
    """In bytes."""

    resident: int
    proportional: int


def run(arguments: Sequence[str], environment: Mapping[str, str], folder: Path | None = None, stdin: str = "") -> Ended:
    """Runs a command to its end; raises `CannotMeasure` with what it said when it fails."""
    began = time.perf_counter()
    try:
        ended = subprocess.run(
            arguments, input=stdin, capture_output=True, text=True, env=environment, cwd=folder, timeout=COMMAND_TIMEOUT
        )
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"'{_shown(arguments)}' did not end within {COMMAND_TIMEOUT} s") from None
    except OSError as error:
        raise CannotMeasure(f"'{arguments[0]}' can't be run: {error.strerror}") from None
    seconds = time.perf_counter() - began
    if ended.returncode != 0:
        said = (ended.stderr or ended.stdout).strip()[-600:]
        raise CannotMeasure(f"'{_shown(arguments)}' ended with {ended.returncode}: {said}")
    return Ended(seconds, ended.stdout)


def _shown(arguments: Sequence[str]) -> str:
    text = " ".join(arguments)
    return text if len(text) <= 100 else text[:100] + " ..."


def eventually(what: str, holds: Callable[[], bool], within: float = 60) -> None:
    """Waits for a condition; `within` is in seconds."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise CannotMeasure(f"{what}: not within {within:.0f} s")
        time.sleep(0.02)


def end(process: int, within: float = 30) -> None:
    """Asks a process that we started to end, waits, and kills it when it doesn't."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(handle, signal.SIGTERM)
        if not select.select([handle], [], [], within)[0]:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            select.select([handle], [], [], within)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def memory(process: int) -> Memory:
    """The memory of one process now."""
    fields: dict[str, int] = {}
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        fields[name.rstrip(":")] = int(value) * 1024
    return Memory(resident=fields["Rss"], proportional=fields["Pss"])


def cpu_seconds(process: int) -> float:
    """Processor time that a process has used so far, in user mode and in the kernel."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def settle(process: int, quiet: float = 1.0) -> None:
    """Waits until a process has used next to no processor time for `quiet` seconds."""
    since, used = time.monotonic(), cpu_seconds(process)

    def is_quiet() -> bool:
        nonlocal since, used
        now = cpu_seconds(process)
        if now - used > 0.02:
            since, used = time.monotonic(), now
        return time.monotonic() - since >= quiet

    eventually(f"process {process} comes to rest", is_quiet, within=120)
