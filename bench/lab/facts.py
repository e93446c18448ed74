"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from lab import processes, qemu
from lab.errors import CannotMeasure


def facts(environment: Mapping[str, str], programs: Path | None) -> dict[str, str]:
    """Of the machine and of the programs."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / (1 << 30):.1f} GiB",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "QEMU": qemu.version(environment),
        "libvirt": _said(["virsh", "--version"], environment),
        "martlet": _said([str(programs / "martlet"), "--version"], environment) if programs else "not measured",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _said(command: list[str], environment: Mapping[str, str]) -> str:
    try:
        return processes.run(command, environment).output.strip()
    except CannotMeasure:
        return "unknown"
