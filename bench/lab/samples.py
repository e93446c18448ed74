"""Repeated measurements, taken in turns."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


def interleave(cases: Sequence[Case], times: int, warm_ups: int, progress: Progress) -> dict[str, Samples]:
    """Measures each case in turn (A B C, A B C, ...), so that a slow spell of the machine falls on all of them."""
    values: dict[str, list[float]] = {case.label: [] for case in cases}
    for turn in range(-warm_ups, times):
        for case in cases:
            value = case.measure()
            if turn >= 0:
                values[case.label].append(value)
        progress.turn(turn + 1, times)
    return {label: Samples(tuple(taken)) for label, taken in values.items()}


def best(samples: dict[str, Samples], labels: Sequence[str]) -> str:
    """The label with the lowest median."""
    return min(labels, key=lambda label: samples[label].median)
