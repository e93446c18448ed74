"""How long a booted guest of 512 MiB stands still for a checkpoint of its memory and its disk."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from lab.definition import Definition
from lab.errors import CannotMeasure
from lab.guests import guests
from lab.lab import Lab
from lab.libvirt import Libvirt
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Side, interleave_sides

VIRSH, MARTLET = "virsh", "martlet"
STOPPED, WHOLE = "stopped", "whole"

# The watcher has its connection once it has told of an event that was made for that.
SCRIPT = """
virsh -c qemu:///system event --domain "$1" --event lifecycle --loop --timestamp --timeout 300 >"$2" 2>&1 & watcher=$!
trap 'kill $watcher' EXIT
until grep -q Resumed "$2"; do
  virsh -c qemu:///system suspend "$1" && virsh -c qemu:///system resume "$1" || exit 1
done >/dev/null
seen=$(wc -l <"$2")
virsh -c qemu:///system snapshot-create-as "$1" bench >/dev/null || exit 1
until tail -n "+$((seen + 1))" "$2" | grep -q Resumed; do kill -0 $watcher || exit 1; done
tail -n "+$((seen + 1))" "$2"
"""


def measure(lab: Lab) -> Figure:
    [machine] = lab.bootable(["checkpoint"], mebibytes=512)
    with lab.both() as (libvirt, martlet), guests(machine, libvirt, martlet):
        sides = [Side(VIRSH, lambda: _in_libvirt(libvirt, machine, lab.scratch / "checkpoint.events"))]
        if martlet:
            sides.append(Side(MARTLET, lambda: _in_martlet(martlet, machine)))
        samples = interleave_sides(sides, lab.sizes.starts, 1, lab.progress)

    def row(figure: str, name: str, limit: float | None) -> Row:
        theirs, ours = samples[VIRSH][name], samples.get(MARTLET, {}).get(name)
        return Row(figure, SECONDS, "virsh snapshot-create", theirs, ours, limit=limit)

    return Figure(
        [
            row("a 512 MiB guest stands still for a checkpoint", STOPPED, 0.1),
            row("the whole command", WHOLE, None),
        ]
    )


def _in_libvirt(libvirt: Libvirt, machine: Definition, events: Path) -> Mapping[str, float]:
    ended = libvirt.script(SCRIPT, machine.name, str(events))
    whole = ended.seconds
    times = [
        datetime.fromisoformat(found.group(1))
        for found in re.finditer(r"^(\S+ \S+?)\+0000: .*(?:Suspended|Resumed)", ended.output, re.MULTILINE)
    ]
    if len(times) < 2:
        raise CannotMeasure(f"libvirt told of no stop: {ended.output[-300:]}")
    libvirt.virsh("snapshot-delete", machine.name, "bench")
    return {STOPPED: (times[-1] - times[0]).total_seconds(), WHOLE: whole}


def _in_martlet(martlet: Martlet, machine: Definition) -> Mapping[str, float]:
    ended = martlet.command("checkpoint", "create", machine.name, "bench", "--type", "standard", "--output", "json")
    made = json.loads(ended.output)
    if made.get("warnings"):
        raise CannotMeasure(f"Martlet's checkpoint is not as asked for: {made['warnings']}")
    martlet.command("checkpoint", "delete", machine.name, "bench")
    return {STOPPED: made["stoppedInMilliseconds"] / 1000, WHOLE: ended.seconds}
