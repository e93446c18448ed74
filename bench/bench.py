#!/usr/bin/env python3
"""Measures Martlet side by side with libvirt and with QEMU alone. README.md says what, how, and how to read it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from figures import api, checkpoint, direct, freeze, hotadd, idle, image, listing, load, many, memory, start, state
from lab import sandbox
from lab.errors import CannotMeasure
from lab.facts import facts
from lab.fleet import Fleet, fleet
from lab.lab import QUICK, REPOSITORY, Lab, Sizes
from lab.martlet import require_programs
from lab.progress import Progress
from lab.report import Figure, as_json, table

ALONE: dict[str, Callable[[Lab], Figure]] = {
    "start": start.measure,
    "state": state.measure,
    "checkpoint": checkpoint.measure,
    "freeze": freeze.measure,
    "hotadd": hotadd.measure,
    "load": load.measure,
    "many": many.measure,
    "image": image.measure,
    "direct": direct.measure,
    "idle": idle.measure,
    "api": api.measure,
}
# Memory first: a daemon that was just started has listed nothing yet.
OVER_A_FLEET: dict[str, Callable[[Lab, Fleet], Figure]] = {"memory": memory.measure, "list": listing.measure}
NAMES = (
    "start", "state", "checkpoint", "freeze", "hotadd", "load", "many", "image", "direct", "idle", *OVER_A_FLEET, "api",
)  # fmt: skip


class Results:
    """What was measured, and what could not be."""

    def __init__(self, progress: Progress) -> None:
        self.figures: list[Figure] = []
        self.failures: dict[str, str] = {}
        self._progress = progress

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        self._progress.figure(name)
        try:
            yield
        except CannotMeasure as error:
            self.failures[name] = str(error)
            self._progress.say(f"not measured: {error}")


def main() -> int:
    options = _options()
    programs = None if options.peers_only else Path(options.programs).resolve()
    report = Path(options.json).resolve() if options.json else None
    try:
        if programs:
            require_programs(programs)
        return sandbox.run(lambda scratch: _run(scratch, programs, options, report))
    except CannotMeasure as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--only", action="append", choices=NAMES, help="this figure alone; may be given again")
    add("--json", metavar="FILE", help="write every sample there")
    programs = REPOSITORY / ".build/release"
    add("--programs", metavar="DIR", default=programs, help="where martletd, martlet and martlet-guest are (.build/release)")
    add("--peers-only", action="store_true", help="measure libvirt and QEMU, without Martlet")
    add("--quick", action="store_true", help="few machines, few times: to try this program; its numbers mean little")
    return parser.parse_args()


def _run(scratch: Path, programs: Path | None, options: argparse.Namespace, report: Path | None) -> int:
    progress = Progress()
    lab = Lab(scratch, programs, QUICK if options.quick else Sizes(), progress)
    about = facts(lab.environment, programs) | {"accelerator": lab.accelerator}
    results = Results(progress)
    _measure(lab, options.only or NAMES, results)
    _print(about, results)
    if report:
        _write(report, about, results)
    return 1 if results.failures else 0


def _measure(lab: Lab, names: Collection[str], results: Results) -> None:
    for name in NAMES:
        if name in ALONE and name in names:
            with results.attempt(name):
                results.figures.append(ALONE[name](lab))
        elif name == next(iter(OVER_A_FLEET)):
            _measure_over_a_fleet(lab, [each for each in OVER_A_FLEET if each in names], results)


def _measure_over_a_fleet(lab: Lab, names: list[str], results: Results) -> None:
    """The figures that need the same thousand machines, which are made once."""
    if not names:
        return
    with results.attempt(" and ".join(names)), fleet(lab) as made:
        for name in names:
            with results.attempt(name):
                results.figures.append(OVER_A_FLEET[name](lab, made))


def _print(about: dict[str, str], results: Results) -> None:
    print("\n" + ", ".join(f"{name}: {value}" for name, value in about.items()) + "\n")
    rows = [row for figure in results.figures for row in figure.rows]
    if rows:
        print(table(rows))
    for note in (note for figure in results.figures for note in figure.notes):
        print(f"* {note}")
    for name, reason in results.failures.items():
        print(f"NOT MEASURED, {name}: {reason}")


def _write(report: Path, about: dict[str, str], results: Results) -> None:
    rows = [as_json(row) for figure in results.figures for row in figure.rows]
    notes = [note for figure in results.figures for note in figure.notes]
    content = {"about": about, "rows": rows, "notes": notes, "notMeasured": results.failures}
    report.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
