"""What was measured, as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lab.samples import Samples

SECONDS, BYTES, RATE = "seconds", "bytes", "bytes a second"


@dataclass(frozen=True)
class Row:
    """One comparison. A limit and an aim are the highest ratio of ours to the peer's that is allowed and hoped for.

    Of a rate more is better, so its ratio is the peer's to ours.
    """

    figure: str
    unit: str
    peer: str
    theirs: Samples | None
    ours: Samples | None
    limit: float | None = None
    aim: float | None = None

    @property
    def ratio(self) -> float | None:
        if self.ours is None or self.theirs is None or self.theirs.median == 0:
            return None
        ratio = self.ours.median / self.theirs.median
        return 1 / ratio if self.unit == RATE else ratio

    @property
    def verdict(self) -> str:
        if self.ours is None:
            return "not measured"
        if self.ratio is None or (self.limit is None and self.aim is None):
            return "-"
        if self.limit is not None and self.ratio > self.limit:
            return "LIMIT MISSED"
        if self.aim is None:
            return "met"
        return "met" if self.ratio <= self.aim else "aim missed"


@dataclass(frozen=True)
class Figure:
    """Rows of the table, and what else is worth knowing."""

    rows: list[Row]
    notes: list[str] = field(default_factory=list)


def shown(samples: Samples | None, unit: str) -> str:
    """The median, then the least and the most, and how many there were: `0.48 s (0.45-0.51, 10x)`."""
    if samples is None:
        return "-"
    scale, name, digits = _scale(samples.median, unit)
    three = (samples.median, min(samples.values), max(samples.values))
    median, least, most = (f"{value / scale:.{digits}f}" for value in three)
    spread = f" ({least}-{most}, {len(samples.values)}x)" if len(samples.values) > 1 else " (1x)"
    return f"{median} {name}{spread}"


def _scale(value: float, unit: str) -> tuple[float, str, int]:
    if unit == BYTES:
        return 1 << 20, "MiB", 1
    if unit == RATE:
        return 1 << 20, "MiB/s", 0
    if value < 0.001:
        return 1e-6, "µs", 0
    return (1, "s", 2) if value >= 1 else (0.001, "ms", 1 if value < 0.1 else 0)


def table(rows: Sequence[Row]) -> str:
    heads = ("figure", "peer", "the peer's", "ours", "ratio", "limit", "aim", "")
    cells = [heads, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    lines = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    numbers = (_number(row.ratio), _number(row.limit), _number(row.aim))
    return (row.figure, row.peer, shown(row.theirs, row.unit), shown(row.ours, row.unit), *numbers, row.verdict)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def as_json(row: Row) -> dict[str, Any]:
    return asdict(row) | {"ratio": row.ratio, "verdict": row.verdict}
