"""Direct beside ssh, in one guest: a command's round trip, and a file copied each way; and what the port carries."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lab import processes, raw_port
from lab.errors import CannotMeasure
from lab.guests import Guest, booted
from lab.lab import Lab
from lab.martlet import Martlet
from lab.report import RATE, SECONDS, Figure, Row
from lab.samples import Case, Samples, interleave
from lab.ssh import Ssh, serve

TOOLS = ("sshd", "ssh-keygen", "/usr/lib/openssh/sftp-server")
MEBIBYTES = 768
FOLDER = "/mnt"
"""A file system in the guest's memory: what is compared is the way there."""

SSH, SHARED, DIRECT = "ssh", "ssh, shared", "vm exec"


def measure(lab: Lab) -> Figure:
    martlet = lab.martlet()
    if martlet is None:
        raise CannotMeasure("it is Martlet's own: there is nothing to measure with --peers-only")
    machine = lab.networked("direct", MEBIBYTES, TOOLS, has_services=True)
    file = lab.new_folder("noise")
    file.write_bytes(os.urandom(lab.sizes.copied_mebibytes << 20))
    with martlet, booted(machine, martlet) as guest:
        ssh = serve(guest, lab.new_folder("ssh"), lab.environment)
        guest.console.run(f"mount -t tmpfs none {FOLDER}")
        processes.eventually("the guest's services answer", lambda: _answers(martlet, machine.name), 120)
        rows = _round_trips(lab, martlet, ssh, machine.name)
        copies = _copies(lab, martlet, ssh, guest, machine.name, file)
    with raw_port.port(lab.bootable(["raw"])[0], lab.environment) as port:
        into = Samples(tuple(port.rate_into(_size(file)) for _ in range(lab.sizes.copies)))
        out = Samples(tuple(port.rate_out(_size(file)) for _ in range(lab.sizes.copies)))
    for way, raw in (("into the guest", into), ("out of it", out)):
        theirs, ours = copies[f"scp {way}"], copies[f"vm copy {way}"]
        rows.append(Row(f"a file copied {way}", RATE, "scp", theirs, ours))
        rows.append(Row(f"a file copied {way}", RATE, "the port alone", raw, ours, limit=2))
    return Figure(rows)


def _size(file: Path) -> int:
    return file.stat().st_size


def _answers(martlet: Martlet, name: str) -> bool:
    guest = martlet.rest.get(f"/vms/{name}")["status"].get("guest") or {}
    return guest.get("heartbeat") == "ok"


def _round_trips(lab: Lab, martlet: Martlet, ssh: Ssh, name: str) -> list[Row]:
    def direct() -> float:
        return martlet.command("vm", "exec", name, "-n", "--identity", str(ssh.key), "--", "true").seconds

    with ssh.shared() as shared:
        cases = [Case(SSH, ssh.run), Case(SHARED, shared.run), Case(DIRECT, direct)]
        samples = interleave(cases, lab.sizes.round_trips, 1, lab.progress)
    return [
        Row("a command in a guest, signing in", SECONDS, "ssh", samples[SSH], samples[DIRECT], limit=1),
        Row("the same", SECONDS, "ssh, by a connection that is there", samples[SHARED], samples[DIRECT]),
    ]


def _copies(lab: Lab, martlet: Martlet, ssh: Ssh, guest: Guest, name: str, file: Path) -> dict[str, Samples]:
    there, back = f"{FOLDER}/{file.name}", file.with_suffix(".back")

    def rate(copy: Callable[[], float], clear: Callable[[], object]) -> float:
        # What is there already wouldn't be sent again.
        clear()
        return _size(file) / copy()

    def clear_there() -> None:
        guest.console.run(f"rm -f {there}")

    def clear_here() -> None:
        back.unlink(missing_ok=True)

    def direct(source: str, target: str) -> float:
        return martlet.command("vm", "copy", source, target, "--identity", str(ssh.key)).seconds

    into = {
        "scp into the guest": partial(ssh.copy, str(file), ssh.remote(there)),
        "vm copy into the guest": partial(direct, str(file), f"{name}:{there}"),
    }
    out = {
        "scp out of it": partial(ssh.copy, ssh.remote(there), str(back)),
        "vm copy out of it": partial(direct, f"{name}:{there}", str(back)),
    }
    samples: dict[str, Samples] = {}
    # First into it, and what is there then out of it.
    for copies, clear in ((into, clear_there), (out, clear_here)):
        cases = [Case(label, partial(rate, copy, clear)) for label, copy in copies.items()]
        samples |= interleave(cases, lab.sizes.copies, 0, lab.progress)
    if back.read_bytes() != file.read_bytes():
        raise CannotMeasure("what came back is not what was sent")
    return samples
