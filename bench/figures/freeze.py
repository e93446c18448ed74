"""For how long a guest's file systems stand still for a production checkpoint, while it writes to them."""

from __future__ import annotations

import json
import math
from contextlib import closing
from dataclasses import replace

from lab import processes
from lab.errors import CannotMeasure
from lab.guests import ready
from lab.lab import Lab
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Case, Samples, interleave

MARTLET = "martlet"
FILE_SYSTEM = "/mnt/vdb"
# Each write goes to the disk before the next; the file is written over again and again.
WRITING = f"(while :; do dd if=/dev/zero of={FILE_SYSTEM}/file bs=4k count=256 conv=notrunc,fsync 2>/dev/null; done) & true"


def measure(lab: Lab) -> Figure:
    martlet = lab.martlet()
    if martlet is None:
        return Figure([])
    [machine] = lab.bootable(["freeze"], mebibytes=384, has_services=True)
    with martlet:
        martlet.create([machine])
        _add_file_system(lab, martlet, machine.name)
        martlet.command("vm", "start", machine.name)
        with closing(martlet.console(machine.name)) as console:
            ready(console)
            console.run(f"until grep -q {FILE_SYSTEM} /proc/mounts; do sleep 0.1; done")
            processes.eventually("the guest's services answer", lambda: _answers(martlet, machine.name))
            console.run(WRITING)
            case = Case(MARTLET, lambda: _frozen(martlet, machine.name))
            samples = interleave([case], lab.sizes.freezes, 1, lab.progress)[MARTLET]
    return Figure(
        [Row("a guest that writes is frozen for a production checkpoint", SECONDS, "none", None, samples)],
        [f"frozen: {_shown(samples, 0.5)} (p50), {_shown(samples, 0.99)} (p99) of {len(samples.values)}"],
    )


def _add_file_system(lab: Lab, martlet: Martlet, machine: str) -> None:
    raw = lab.scratch / "freeze.raw"
    with raw.open("wb") as file:
        file.truncate(256 << 20)
    processes.run(["mkfs.ext4", "-q", "-F", str(raw)], lab.environment)
    martlet.command("disk", "create", "freeze-data", "--from", str(raw), "--from-format", "raw")
    martlet.command("disk", "attach", "freeze-data", machine)
    raw.unlink()


def _answers(martlet: Martlet, machine: str) -> bool:
    shown = json.loads(martlet.command("vm", "show", machine, "--output", "json").output)
    return shown["status"].get("guest", {}).get("heartbeat") == "ok"


def _frozen(martlet: Martlet, machine: str) -> float:
    ended = martlet.command(
        "checkpoint", "create", machine, "bench", "--type", "production-only", "--output", "json"
    )
    made = json.loads(ended.output)
    if made.get("warnings") or made["consistency"] != "file-system":
        raise CannotMeasure(f"the checkpoint is not as asked for: {made}")
    martlet.command("checkpoint", "delete", machine, "bench")
    return made["frozenInMilliseconds"] / 1000


def _shown(samples: Samples, part: float) -> str:
    """The nearest rank."""
    values = sorted(samples.values)
    return f"{values[math.ceil(part * len(values)) - 1] * 1000:.0f} ms"
