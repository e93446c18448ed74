"""The peer: a libvirtd of our own, in the folders that the sandbox gives it, and virsh."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import processes
from lab.console import Console
from lab.definition import DISK_BYTES, Definition, libvirt_xml
from lab.errors import CannotMeasure
from lab.processes import Ended, Memory

# Nothing that costs the peer time: no change of user, no security labels, no logging daemon between it and QEMU.
SETTINGS = """user = "root"
group = "root"
security_driver = "none"
stdio_handler = "file"
"""

NAT = """<network>
  <name>nat</name>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='off'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp>
  </ip>
</network>
"""
"""libvirt's default network, but for its name, and without the half minute in which a bridge with STP learns."""


class Libvirt:
    """Starts with `with`; at the end its domains are destroyed and undefined, and libvirtd is ended."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._pid_file = folder / "libvirtd.pid"
        self._defined: list[Definition] = []
        self._has_network = False

    def __enter__(self) -> Libvirt:
        for program in ("libvirtd", "virsh", "qemu-img"):
            if shutil.which(program, path=self._environment["PATH"]) is None:
                raise CannotMeasure(f"there is no {program}: run scripts/setup host bench")
        self._folder.mkdir(exist_ok=True)
        Path("/etc/libvirt/qemu.conf").write_text(SETTINGS)
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.destroy(self.active())
            self._batch("undefine", [machine.name for machine in self._defined])
            if self._has_network:
                # Its dnsmasq ends with it, and not with libvirtd.
                self.virsh("net-destroy nat; net-undefine nat")
        finally:
            processes.end(self.process)
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def process(self) -> int:
        return int(self._pid_file.read_text())

    def _start(self) -> None:
        processes.run(["libvirtd", "--daemon", "--pid-file", str(self._pid_file)], self._environment)
        # libvirtd daemonizes before all of its drivers answer.
        processes.eventually("libvirtd answers", self._answers)

    def _answers(self) -> bool:
        try:
            self.virsh("list", "--all", "--name")
            return True
        except CannotMeasure:
            return False

    def restart(self) -> None:
        processes.end(self.process)
        self._start()

    def virsh(self, *arguments: str) -> Ended:
        return processes.run(["virsh", "--connect", "qemu:///system", *arguments], self._environment, self._folder)

    def script(self, text: str, *arguments: str) -> Ended:
        """A shell's script that uses virsh."""
        return processes.run(["sh", "-c", text, "sh", *arguments], self._environment, self._folder)

    def loop(self, names: Sequence[str], parallel: int) -> Ended:
        """A `virsh start --paused` each, one after the other in a shell or several at a time."""
        if parallel == 1:
            script = 'for name; do virsh -c qemu:///system start --paused "$name" || exit 1; done'
            return processes.run(["sh", "-c", script, "sh", *names], self._environment)
        each = ["xargs", "-P", str(parallel), "-n", "1", "virsh", "-c", "qemu:///system", "start", "--paused"]
        return processes.run(each, self._environment, stdin="\n".join(names))

    def one_process(self, names: Sequence[str], paused: bool = True) -> Ended:
        """One virsh that starts all."""
        return self._batch("start --paused" if paused else "start", names)

    def _batch(self, verb: str, arguments: Sequence[str]) -> Ended:
        # Its exit code is the last command's: who needs to know about each, counts afterwards.
        commands = "; ".join(f"{verb} {argument}" for argument in arguments)
        return self.virsh(commands) if arguments else Ended(0, "")

    def define(self, machines: Sequence[Definition]) -> None:
        """Defines machines by one virsh for a thousand; their disks needn't be there yet."""
        for machine in machines:
            (self._folder / f"{machine.name}.xml").write_text(libvirt_xml(machine))
        for first in range(0, len(machines), 1000):
            self._batch("define", [f"{machine.name}.xml" for machine in machines[first : first + 1000]])
        self._defined += machines

    def make_disks(self, machines: Sequence[Definition]) -> None:
        for machine in machines:
            make_disk(machine.disk, self._environment)

    def start_network(self) -> None:
        """The network `nat`, until the end."""
        (self._folder / "nat.xml").write_text(NAT)
        self.virsh("net-define", "nat.xml")
        self.virsh("net-start", "nat")
        self._has_network = True

    def console(self, machine: Definition) -> Console:
        """To be asked for as soon as the machine was started: what it prints before is lost."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(machine.console))
        return Console("libvirt's guest", connection.fileno(), connection.fileno(), connection.close)

    def active(self) -> list[str]:
        return self.virsh("list", "--name").output.split()

    def running(self) -> list[str]:
        return self.virsh("list", "--name", "--state-running").output.split()

    def paused(self) -> list[str]:
        return self.virsh("list", "--name", "--state-paused").output.split()

    def destroy(self, names: Sequence[str]) -> None:
        self._batch("destroy", names)

    def memory(self) -> Memory:
        return processes.memory(self.process)

    def version(self) -> str:
        return self.virsh("--version").output.strip()


def make_disk(path: Path, environment: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    processes.run(["qemu-img", "create", "-q", "-f", "qcow2", str(path), str(DISK_BYTES)], environment)
    os.chmod(path, 0o600)
