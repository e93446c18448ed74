"""Programs of this machine for the small Linux guest, as an archive in front of its own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import processes
from lab.errors import CannotMeasure


def initrd_with(programs: Sequence[str], initrd: Path, folder: Path, environment: Mapping[str, str]) -> Path:
    """The initrd with the programs and the libraries that they name, at the paths that they have here.

    The kernel takes archives one after the other. Ours comes first and is not compressed, since the guest would take
    long to unpack 80 MiB under emulation.
    """
    root, made = folder / "tools", folder / "initrd-with-tools"
    for name in programs:
        program = shutil.which(name, path=environment["PATH"])
        if program is None:
            raise CannotMeasure(f"there is no {name}: run scripts/setup bench")
        for file in [program, *_libraries(program, environment)]:
            copy = root / file[1:]
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
    files = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    make = ["cpio", "--create", "--quiet", "--format=newc", "--owner=0:0", "--file", str(made)]
    processes.run(make, environment, folder=root, stdin=files + "\n")
    with made.open("ab") as archive, initrd.open("rb") as own:
        shutil.copyfileobj(own, archive)
    shutil.rmtree(root)
    return made


def _libraries(program: str, environment: Mapping[str, str]) -> list[str]:
    """As ldd names them: `libm.so.6 => /lib/…/libm.so.6 (0x…)`, and the loader without a name before it."""
    return re.findall(r"(/\S+) \(0x", processes.run(["ldd", program], environment).output)
