"""QEMU alone: what a start costs before anybody manages it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from lab.definition import Definition
from lab.errors import CannotMeasure
from lab.qemu_arguments import qemu_arguments

QEMU = "/usr/bin/qemu-system-x86_64"
TIMEOUT = 60


def start_paused(machine: Definition, environment: Mapping[str, str]) -> float:
    """Seconds from before QEMU is spawned until QMP has told that the machine waits to be run; then QEMU is ended."""
    monitor_path = machine.disk.with_suffix(".qmp")
    with listen(monitor_path) as monitor, listen(machine.console) as console:
        descriptors = (monitor.fileno(), console.fileno())
        began = time.perf_counter()
        process = subprocess.Popen(
            [QEMU, *qemu_arguments(machine, *descriptors)],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=descriptors,
        )  # fmt: skip
        # Only QEMU holds the socket from here, so that its end is seen as such.
        monitor.close()
        try:
            return _until_answer(monitor_path, began)
        except (OSError, ValueError) as error:
            process.kill()
            said = process.communicate(timeout=TIMEOUT)[0].strip()
            raise CannotMeasure(f"QEMU alone did not start: {said or error}") from None
        finally:
            process.kill()
            process.communicate(timeout=TIMEOUT)


def listen(path: Path) -> socket.socket:
    """A socket for QEMU to have as a descriptor."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(1)
    return listener


def _until_answer(path: Path, began: float) -> float:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(TIMEOUT)
        client.connect(str(path))
        with client.makefile("rw", encoding="utf-8") as stream:
            _read(stream)
            _execute(stream, "qmp_capabilities")
            status = _execute(stream, "query-status")
            seconds = time.perf_counter() - began
    if status.get("status") != "prelaunch":
        raise ValueError(f"it is {status} and not waiting to be run")
    return seconds


def _execute(stream: TextIO, command: str) -> dict[str, Any]:
    stream.write(json.dumps({"execute": command}) + "\n")
    stream.flush()
    while True:
        answer = _read(stream)
        if "return" in answer:
            value: dict[str, Any] = answer["return"]
            return value
        if "error" in answer:
            raise ValueError(answer["error"]["desc"])


def _read(stream: TextIO) -> dict[str, Any]:
    line = stream.readline()
    if not line:
        raise ValueError("it closed QMP")
    message: dict[str, Any] = json.loads(line)
    return message


def version(environment: Mapping[str, str]) -> str:
    if not os.access(QEMU, os.X_OK):
        raise CannotMeasure(f"there is no {QEMU}: run scripts/setup host")
    said = subprocess.run([QEMU, "--version"], env=environment, capture_output=True, text=True).stdout
    return said.splitlines()[0].removeprefix("QEMU emulator version ")
