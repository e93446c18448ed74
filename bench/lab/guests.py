"""Small Linux guests that have booted, and are talked to on their serial consoles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from lab.console import Console
from lab.definition import Definition
from lab.libvirt import Libvirt
from lab.martlet import Martlet

BOOT_SECONDS = 180
ADDRESS = r"martlet guest: ready, eth0 (\d+\.\d+\.\d+\.\d+)\r?\n"


@dataclass(frozen=True)
class Guest:
    """Ready, with root logged in on its console."""

    console: Console
    address: str


@contextmanager
def guests(machine: Definition, libvirt: Libvirt, martlet: Martlet | None) -> Iterator[tuple[Guest, Guest | None]]:
    """The same machine started in both, one after the other, so that neither boot is in the other's way."""
    with ExitStack() as stack:
        libvirt.make_disks([machine])
        libvirt.define([machine])
        libvirt.virsh("start", machine.name)
        theirs = _booted(libvirt.console(machine), stack)
        ours = None
        if martlet:
            martlet.create([machine])
            martlet.command("vm", "start", machine.name)
            ours = _booted(martlet.console(machine.name), stack)
        yield theirs, ours


@contextmanager
def booted(machine: Definition, martlet: Martlet) -> Iterator[Guest]:
    """The machine started in Martlet alone."""
    with ExitStack() as stack:
        martlet.create([machine])
        martlet.command("vm", "start", machine.name)
        yield _booted(martlet.console(machine.name), stack)


def ready(console: Console) -> None:
    """Waits for the login prompt and logs in."""
    console.log_in(BOOT_SECONDS)


def _booted(console: Console, stack: ExitStack) -> Guest:
    stack.callback(console.close)
    address = console.expect(ADDRESS, BOOT_SECONDS, is_pattern=True)[1]
    console.log_in(BOOT_SECONDS)
    return Guest(console, address)
