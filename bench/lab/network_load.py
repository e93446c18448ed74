"""iperf3 and ping between the host and a guest: the guest serves, so that nothing has to be read off its console."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Mapping

from lab import processes
from lab.errors import CannotMeasure
from lab.guests import Guest

SERVE = (
    "while pidof iperf3 >/dev/null; do usleep 50000; done; iperf3 --server --one-off --daemon; "
    "until netstat -ltn | grep -q :5201; do usleep 50000; done"
)
"""One for each stream: it refuses the next for as long as it hasn't put the last one away."""
PINGS, PING_INTERVAL = 200, 0.005


def stream(guest: Guest, seconds: int, environment: Mapping[str, str], *options: str) -> float:
    """One TCP stream to the guest, or with `--reverse` from it, in bytes a second."""
    guest.console.run(SERVE)
    command = ["iperf3", "--client", guest.address, "--time", str(seconds), "--json", *options]
    seen = json.loads(processes.run(command, environment).output)
    if "error" in seen:
        raise CannotMeasure(f"'{' '.join(command)}' did not go well: {seen['error']}")
    return float(seen["end"]["sum_received"]["bits_per_second"]) / 8


def round_trip(guest: Guest, environment: Mapping[str, str]) -> float:
    """The median of many pings, in seconds: a mean says more of the one that had to wait for a processor."""
    command = ["ping", "-c", str(PINGS), "-i", str(PING_INTERVAL), guest.address]
    output = processes.run(command, environment).output
    times = [float(found) for found in re.findall(r" time=([\d.]+) ms", output)]
    if not times:
        raise CannotMeasure(f"ping printed no round trip: {output}")
    return statistics.median(times) / 1000
