"""`GET /api/v1/vms` over HTTPS by 50 connections at once, with ever more machines.

There is no peer: the figure is how it grows.
"""

from __future__ import annotations

import json
import math
import ssl
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from lab.errors import CannotMeasure
from lab.lab import Lab
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Samples
from lab.wrk import BUSY, CONNECTIONS, THREADS, Load, load

PAGE = 1000
"""How many machines a page has unless the client says otherwise."""
LARGEST_PAGE = 10_000

REPLIES = 10
"""For each connection, on average, in one run. A shorter run would see the quick replies and end before the others."""
LONGEST = 60
"""Seconds of a run, whatever it has seen."""


@dataclass(frozen=True)
class Point:
    """The loads at one number of machines and one size of page."""

    machines: int
    page: int
    reply_bytes: int
    loads: tuple[Load, ...]

    def samples(self, name: str) -> Samples:
        return Samples(tuple(getattr(load, name) for load in self.loads))

    @property
    def label(self) -> str:
        return f"{self.machines:,} machines" + (f", {self.page:,} a page" if self.machines > PAGE else "")


def measure(lab: Lab) -> Figure:
    martlet = lab.martlet()
    if martlet is None:
        return Figure([], ["GET /api/v1/vms has no peer"])
    points: list[Point] = []
    with martlet:
        url, token = martlet.api_url(), martlet.token()
        present = 0
        for count in lab.sizes.api_machines:
            lab.progress.say(f"creating machines up to {count:,}, without disks")
            names = [f"machine-{number:05}" for number in range(present, count)]
            martlet.create(lab.stand_ins(names), with_disk=False)
            present = count
            for page in [PAGE, LARGEST_PAGE] if count > PAGE else [PAGE]:
                points.append(_point(lab, martlet, f"{url}/api/v1/vms?limit={page}", token, count, page))
    return Figure(_rows(points), [_note(point) for point in points])


def _point(lab: Lab, martlet: Martlet, url: str, token: str, machines: int, page: int) -> Point:
    size = _check(url, token, min(machines, page))

    def once(seconds: int) -> Load:
        return load(url, token, seconds, martlet.process, lab.environment)

    warm_up = once(lab.sizes.api_seconds)
    seconds = min(LONGEST, max(lab.sizes.api_seconds, math.ceil(REPLIES * CONNECTIONS / max(warm_up.rate, 1))))
    lab.progress.say(f"{machines:,} machines, {page:,} a page: {lab.sizes.api_times} times {seconds} s")
    return Point(machines, page, size, tuple(once(seconds) for _ in range(lab.sizes.api_times)))


def _check(url: str, token: str, wanted: int) -> int:
    """Looks at one reply, and returns its size in bytes; wrk only looks at the status."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=60, context=trusting) as response:
            body = response.read()
    except OSError as error:
        raise CannotMeasure(f"GET {url}: {error}") from None
    found = len(json.loads(body)["items"])
    if found != wanted:
        raise CannotMeasure(f"GET {url} has {found} machines instead of {wanted}")
    return len(body)


def _rows(points: Sequence[Point]) -> list[Row]:
    """Each against the fewest machines, so that the ratio is the growth."""
    fewest = points[0]
    return [
        Row(
            f"GET /api/v1/vms, {point.label}: {name}", SECONDS, "-" if point is fewest else f"ours with {fewest.label}",
            None if point is fewest else fewest.samples(name), point.samples(name),
        )
        for name in ("p50", "p99")
        for point in points
    ]  # fmt: skip


def _note(point: Point) -> str:
    median = {name: point.samples(name).median for name in ("rate", "slowest", "wrk_cores", "server_cores")}
    verdict = "wrk kept up" if median["wrk_cores"] < BUSY else "HELD BACK BY WRK"
    if min(load.replies for load in point.loads) < 2 * CONNECTIONS:
        verdict += "; RUNS TOO SHORT: fewer than two replies for each connection in one of them"
    return (
        f"GET /api/v1/vms, {CONNECTIONS} connections, {point.label}: {median['rate']:,.0f} requests/s "
        f"of {point.reply_bytes / 1000:,.1f} kB, slowest {median['slowest'] * 1000:,.0f} ms; "
        f"martletd used {median['server_cores']:.2f} cores, wrk {median['wrk_cores']:.2f} of {THREADS}: {verdict}"
    )
