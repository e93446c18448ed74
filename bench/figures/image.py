"""A machine made from an image, as a linked and as a full copy, beside qemu-img making the disk alone."""

from __future__ import annotations

import os
from pathlib import Path

from lab import processes
from lab.lab import Lab
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Case, interleave

LINKED, FULL = "qemu-img create -b", "qemu-img convert"
OURS_LINKED, OURS_FULL = "martlet vm create --image", "martlet vm create --image --full-copy"
DATA = 512 << 20


def measure(lab: Lab) -> Figure:
    folder = lab.new_folder("image")
    folder.mkdir()
    image = _make_image(lab, folder)
    copy = folder / "copy.qcow2"
    cases = [
        Case(LINKED, lambda: _qemu_img(lab, copy, "create", "-q", "-f", "qcow2", "-b", str(image), "-F", "qcow2")),
        Case(FULL, lambda: _qemu_img(lab, copy, "convert", "-f", "qcow2", "-O", "qcow2", str(image))),
    ]
    martlet = lab.martlet()
    if not martlet:
        samples = interleave(cases, lab.sizes.starts, 1, lab.progress)
    else:
        with martlet:
            martlet.command("image", "import", "base", str(image))
            cases += [
                Case(OURS_LINKED, lambda: _create(martlet)),
                Case(OURS_FULL, lambda: _create(martlet, "--full-copy")),
            ]
            samples = interleave(cases, lab.sizes.starts, 1, lab.progress)
    return Figure(
        [
            Row("a machine with a linked copy of 512 MiB", SECONDS, LINKED, samples[LINKED], samples.get(OURS_LINKED)),
            Row(
                "a machine with a full copy of 512 MiB", SECONDS, FULL, samples[FULL], samples.get(OURS_FULL), aim=1.05
            ),
        ],
        ["qemu-img makes the disk alone; Martlet makes, records and seeds a machine, and puts all of it on the disk"],
    )


def _make_image(lab: Lab, folder: Path) -> Path:
    """A qcow2 image of 3 GiB with 512 MiB that don't compress."""
    raw, image = folder / "raw", folder / "image.qcow2"
    with raw.open("wb") as file:
        for _ in range(DATA >> 20):
            file.write(os.urandom(1 << 20))
        file.truncate(3 << 30)
    processes.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(raw), str(image)], lab.environment)
    raw.unlink()
    return image


def _qemu_img(lab: Lab, copy: Path, *arguments: str) -> float:
    seconds = processes.run(["qemu-img", *arguments, str(copy)], lab.environment).seconds
    copy.unlink()
    return seconds


def _create(martlet: Martlet, *options: str) -> float:
    seconds = martlet.command("vm", "create", "copy", "--image", "base", "--no-network", *options).seconds
    martlet.command("vm", "delete", "copy", "--disks", "--yes")
    return seconds
