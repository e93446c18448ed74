"""Repeated measurements, taken in turns."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from lab.progress import Progress


@dataclass(frozen=True)
class Samples:
    """What one thing gave, each time."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        return f"{self.median:g} ({min(self.values):g} to {max(self.values):g}, {len(self.values)} times)"


@dataclass(frozen=True)
class Case:
    """One of the things that are compared. `measure` prepares and clears up by itself, and returns what it measured."""

    label: str
    measure: Callable[[], float]


@dataclass(frozen=True)
class Side:
    """A case that measures several things in one go, by name."""

    label: str
    measure: Callable[[], Mapping[str, float]]


def interleave(cases: Sequence[Case], times: int, warm_ups: int, progress: Progress) -> dict[str, Samples]:
    """Measures each case in turn (A B C, C B A, ...), so that a slow spell of the machine falls on all of them.

    And so that what one leaves behind, as pages that are still to be written, is in the way of each as often.
    """
    sides = [Side(case.label, partial(_alone, case)) for case in cases]
    return {label: taken[""] for label, taken in interleave_sides(sides, times, warm_ups, progress).items()}


def _alone(case: Case) -> Mapping[str, float]:
    return {"": case.measure()}


def interleave_sides(
    sides: Sequence[Side], times: int, warm_ups: int, progress: Progress
) -> dict[str, dict[str, Samples]]:
    """As `interleave`: for each side what it measured, by name."""
    values: dict[str, dict[str, list[float]]] = {side.label: {} for side in sides}
    for turn in range(-warm_ups, times):
        for side in sides if turn % 2 == 0 else reversed(sides):
            for name, value in side.measure().items():
                if turn >= 0:
                    values[side.label].setdefault(name, []).append(value)
        progress.turn(turn + 1, times)
    return {
        label: {name: Samples(tuple(taken)) for name, taken in by_name.items()} for label, by_name in values.items()
    }


def best(samples: dict[str, Samples], labels: Sequence[str]) -> str:
    """The label with the lowest median."""
    return min(labels, key=lambda label: samples[label].median)
