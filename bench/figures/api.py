"""`GET /api/v1/vms` over HTTPS by 50 connections at once, with ever more machines.

There is no peer: the figure is how it grows.
"""

from __future__ import annotations

import json
import os
import resource
import ssl
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import processes
from lab.errors import CannotMeasure
from lab.lab import Lab
from lab.martlet import Martlet
from lab.report import SECONDS, Figure, Row
from lab.samples import Samples

CONNECTIONS = 50
PAGE = 1000
"""How many machines a page has unless the client says otherwise."""
LARGEST_PAGE = 10_000

THREADS = max(1, (os.cpu_count() or 1) // 2)
"""Of wrk; the other half of the processor is for what it loads."""


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw; times in seconds, processor use in cores."""

    rate: float
    p50: float
    p99: float
    slowest: float
    wrk_cores: float
    martlet_cores: float


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
                lab.progress.say(f"{count:,} machines, {page:,} a page")
                points.append(_point(lab, martlet, f"{url}/api/v1/vms?limit={page}", token, count, page))
    return Figure(_rows(points), [_note(point) for point in points])


def _point(lab: Lab, martlet: Martlet, url: str, token: str, machines: int, page: int) -> Point:
    size = _check(url, token, min(machines, page))
    _load(lab, martlet, url, token, seconds=1)
    loads = [_load(lab, martlet, url, token, lab.sizes.api_seconds) for _ in range(lab.sizes.api_times)]
    return Point(machines, page, size, tuple(loads))


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


def _load(lab: Lab, martlet: Martlet, url: str, token: str, seconds: int) -> Load:
    script = Path(__file__).with_name("api.lua")
    used, wrk_used = processes.cpu_seconds(martlet.process), _children_cpu()
    ended = processes.run(
        ["wrk", "--threads", str(THREADS), "--connections", str(CONNECTIONS), "--duration", f"{seconds}s",
         "--timeout", "30s", "--script", str(script), "--header", f"Authorization: Bearer {token}", url],
        lab.environment,
    )  # fmt: skip
    used, wrk_used = processes.cpu_seconds(martlet.process) - used, _children_cpu() - wrk_used
    line = next((line for line in ended.output.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise CannotMeasure(f"wrk printed no result: {ended.output[-600:]}")
    seen = json.loads(line.removeprefix("RESULT "))
    if seen["bad_status"] or seen["socket_errors"] or not seen["requests"]:
        raise CannotMeasure(f"the load at {url} did not go well: {seen}")
    lasted = seen["duration"] / 1e6
    p50, p99, slowest = (seen[name] / 1e6 for name in ("p50", "p99", "max"))
    return Load(seen["requests"] / lasted, p50, p99, slowest, wrk_used / lasted, used / lasted)


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


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
    median = {name: point.samples(name).median for name in ("rate", "slowest", "wrk_cores", "martlet_cores")}
    # With its threads busy all the time it would be wrk that is measured.
    verdict = "wrk kept up" if median["wrk_cores"] < 0.85 * THREADS else "HELD BACK BY WRK"
    return (
        f"GET /api/v1/vms, {CONNECTIONS} connections, {point.label}: {median['rate']:,.0f} requests/s "
        f"of {point.reply_bytes / 1000:,.1f} kB, slowest {median['slowest'] * 1000:,.0f} ms; "
        f"martletd used {median['martlet_cores']:.2f} cores, "
        f"wrk {median['wrk_cores']:.2f} of {THREADS}: {verdict}"
    )
