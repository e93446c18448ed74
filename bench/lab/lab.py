"""What a run has: its folder, its peers, and the sizes that it measures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from lab import processes
from lab.definition import Accelerator, Definition
from lab.errors import CannotMeasure
from lab.halted import halted_kernel
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.progress import Progress
from lab.tools import initrd_with

REPOSITORY = Path(__file__).resolve().parents[2]
GUEST = REPOSITORY / ".build/guest"


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    starts: int = 10
    freezes: int = 100
    lists: int = 15
    many: int = 50
    many_times: int = 3
    fleet: int = 1000
    restarts: int = 3
    plugs: int = 10
    load_times: int = 10
    load_seconds: int = 2
    idle: int = 100
    idle_seconds: int = 60
    round_trips: int = 15
    copies: int = 5
    copied_mebibytes: int = 64
    api_machines: tuple[int, ...] = (10, 100, 1_000, 10_000)
    api_times: int = 3
    api_seconds: int = 5


QUICK = Sizes(
    starts=2, freezes=5, lists=2, many=6, many_times=1, fleet=100, restarts=1, plugs=2, load_times=1, load_seconds=2,
    idle=10, idle_seconds=5, round_trips=2, copies=1, copied_mebibytes=8, api_machines=(10, 100), api_times=1,
    api_seconds=2,
)  # fmt: skip


class Lab:
    """Makes what the figures need. `programs` is None when the peers alone are measured."""

    def __init__(self, scratch: Path, programs: Path | None, sizes: Sizes, progress: Progress) -> None:
        self.scratch, self.sizes, self.progress = scratch, sizes, progress
        self._programs = programs
        self._made = 0
        self.accelerator = _accelerator()
        # Of the caller's environment only what a program needs to run: no other host, language or configuration.
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(scratch),
            "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
        }

    def new_folder(self, name: str) -> Path:
        self._made += 1
        return self.scratch / f"{name}{self._made}"

    @contextmanager
    def both(self) -> Iterator[tuple[Libvirt, Martlet | None]]:
        """A new libvirtd and a new martletd; no martletd when the peers alone are measured."""
        with ExitStack() as stack:
            libvirt = stack.enter_context(Libvirt(self.new_folder("libvirt"), self.environment))
            martlet = self.martlet()
            if martlet:
                self._require_same_accelerator(stack.enter_context(martlet))
            yield libvirt, martlet

    def _require_same_accelerator(self, martlet: Martlet) -> None:
        chosen = martlet.rest.get("/host")["accelerator"]
        if chosen != self.accelerator:
            raise CannotMeasure(f"Martlet has chosen {chosen} and the peers would use {self.accelerator}")

    def martlet(self) -> Martlet | None:
        """A new root, not entered yet; None when the peers alone are measured."""
        return Martlet(self.new_folder("martlet"), self._programs, self.environment) if self._programs else None

    def bootable(self, names: list[str], mebibytes: int = 256, has_services: bool = False) -> list[Definition]:
        """Machines with the small Linux guest; with Martlet's integration services in it if wished."""
        kernel, initrd = GUEST / "vmlinuz", self.services_initrd() if has_services else GUEST / "initrd.img"
        for file in (kernel, initrd):
            if not file.exists():
                raise CannotMeasure(f"there is no '{file}': run make guest")
        return self._definitions(names, kernel, initrd, mebibytes)

    def services_initrd(self) -> Path:
        """The small Linux guest with the services that are measured: tests leave one that was built for debugging."""
        if self._programs is None:
            raise CannotMeasure("the services are Martlet's own: there are none with --peers-only")
        program = self._programs / "martlet-guest"
        if not program.exists():
            raise CannotMeasure(f"there is no '{program}': run make release")
        processes.run([str(REPOSITORY / "scripts/make-guest-services"), str(program)], self.environment)
        return GUEST / "initrd-services.img"

    def networked(
        self, name: str, mebibytes: int, tools: Sequence[str] = (), has_services: bool = False
    ) -> Definition:
        """A machine with the small Linux guest on a NAT network, and in it programs of this machine."""
        [machine] = self.bootable([name], mebibytes, has_services)
        if tools:
            folder = self.new_folder("tools")
            folder.mkdir()
            machine = replace(machine, initrd=initrd_with(tools, machine.initrd, folder, self.environment))
        return replace(machine, network="nat")

    def halted(self, names: list[str], mebibytes: int) -> list[Definition]:
        """Machines that run and do nothing: their kernel halts the processor."""
        kernel, initrd = self.scratch / "halted-kernel", self.scratch / "no-initrd"
        kernel.write_bytes(halted_kernel())
        initrd.write_bytes(bytes(1024))
        return self._definitions(names, kernel, initrd, mebibytes)

    def stand_ins(self, names: list[str]) -> list[Definition]:
        """Machines that are never started: their kernel is a small file, soon copied a thousand times."""
        kernel, initrd = self.scratch / "kernel", self.scratch / "initrd"
        for file in (kernel, initrd):
            file.write_bytes(bytes(1024))
        return self._definitions(names, kernel, initrd, 256)

    def _definitions(self, names: list[str], kernel: Path, initrd: Path, mebibytes: int) -> list[Definition]:
        disks = self.new_folder("disks")
        return [
            Definition(name, kernel, initrd, disks / f"{name}.qcow2", self.accelerator, mebibytes) for name in names
        ]


def _accelerator() -> Accelerator:
    """As Martlet chooses: the processor has to offer virtualization, since a /dev/kvm that opens is no proof."""
    flags = Path("/proc/cpuinfo").read_text().split()
    return "kvm" if {"vmx", "svm"}.intersection(flags) and os.access("/dev/kvm", os.R_OK | os.W_OK) else "tcg"
