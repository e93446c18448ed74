"""The control groups that libvirt leaves behind: no namespace keeps those apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PATTERNS = ("machine*", "*/machine*")
"""In the one hierarchy of version 2, or in each of version 1."""


@contextmanager
def without_new_groups() -> Iterator[None]:
    """Removes the groups of machines that were not there before; no process is left in them by then."""
    before = _groups()
    try:
        yield
    finally:
        for group in _groups() - before:
            for folder, _, _ in os.walk(group, topdown=False):
                with suppress(OSError):
                    os.rmdir(folder)


def _groups() -> set[Path]:
    return {path for pattern in PATTERNS for path in ROOT.glob(pattern) if path.is_dir()}
