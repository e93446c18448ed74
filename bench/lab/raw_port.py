"""A virtio-serial port of a guest of QEMU alone, and what it carries when nobody makes sense of the bytes."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lab.console import Console
from lab.definition import Definition
from lab.errors import CannotMeasure
from lab.libvirt import make_disk
from lab.qemu import QEMU, TIMEOUT, listen
from lab.qemu_arguments import qemu_arguments

BOOT_SECONDS = 180
PIECE = 1 << 16
PORT = "/dev/vport*p1"
COPY_SECONDS = 600


class Port:
    """The host's end of it, and the console of the guest that has the other."""

    def __init__(self, console: Console, path: Path) -> None:
        self._console = console
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(COPY_SECONDS)
        self._socket.connect(str(path))

    def close(self) -> None:
        self._socket.close()

    def rate_into(self, count: int) -> float:
        """Bytes a second, until the guest has read all of them."""
        sender = threading.Thread(target=self._socket.sendall, args=(bytes(count),))
        began = time.perf_counter()
        sender.start()
        self._console.run(f"dd if=$(echo {PORT}) {_blocks(count)} iflag=fullblock of=/dev/null", COPY_SECONDS)
        seconds = time.perf_counter() - began
        sender.join()
        return count / seconds

    def rate_out(self, count: int) -> float:
        """Bytes a second, until the host has read all of them."""
        write = f"dd if=/dev/zero {_blocks(count)} of=$(echo {PORT})"
        reader = threading.Thread(target=self._console.run, args=(write, COPY_SECONDS))
        began = time.perf_counter()
        reader.start()
        left = count
        while left:
            came = self._socket.recv(min(left, PIECE))
            if not came:
                raise CannotMeasure("the port ended")
            left -= len(came)
        seconds = time.perf_counter() - began
        reader.join()
        return count / seconds


@contextmanager
def port(machine: Definition, environment: Mapping[str, str]) -> Iterator[Port]:
    """A guest of QEMU alone that has booted, with a port of its own besides what Martlet's machines have."""
    make_disk(machine.disk, environment)
    path = machine.disk.with_suffix(".port")
    with ExitStack() as stack:
        monitor = stack.enter_context(listen(machine.disk.with_suffix(".qmp")))
        console = stack.enter_context(listen(machine.console))
        descriptors = (monitor.fileno(), console.fileno())
        arguments = [word for word in qemu_arguments(machine, *descriptors) if word != "-S"]
        process = subprocess.Popen(
            [QEMU, *arguments, *_device(path)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=descriptors,
        )  # fmt: skip
        stack.callback(_end, process)
        # Only QEMU holds it from here, so that its end is seen as such.
        console.close()
        client = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        client.connect(str(machine.console))
        shell = Console("QEMU's guest", client.fileno(), client.fileno(), lambda: None)
        shell.log_in(BOOT_SECONDS)
        port = Port(shell, path)
        stack.callback(port.close)
        yield port


def _blocks(count: int) -> str:
    """For dd; as many bytes as whole pieces make."""
    return f"bs={PIECE} count={count // PIECE}"


def _device(path: Path) -> list[str]:
    return [
        "-chardev", f"socket,id=raw,path={path},server=on,wait=off",
        "-device", json.dumps({"driver": "virtio-serial-pci", "id": "raw-bus", "bus": "port-spare1"}),
        "-device", json.dumps({"driver": "virtserialport", "bus": "raw-bus.0", "chardev": "raw", "name": "raw"}),
    ]  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(timeout=TIMEOUT)
