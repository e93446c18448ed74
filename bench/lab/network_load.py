"""iperf3 and ping between the host and a guest: the guest serves, so that nothing has to be read off its console."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from lab import processes
from lab.errors import CannotMeasure
from lab.guests import Guest

TO_GUEST, FROM_GUEST, ROUND_TRIP = "to the guest", "from the guest", "round trip"
SERVE = (
    "while pidof iperf3 >/dev/null; do usleep 50000; done; iperf3 --server --one-off --daemon; "
    "until netstat -ltn | grep -q :5201; do usleep 50000; done"
)
"""One for each stream: it refuses the next for as long as it hasn't put the last one away."""
PINGS, PING_INTERVAL = 200, 0.01


def load(guest: Guest, seconds: int, environment: Mapping[str, str]) -> Mapping[str, float]:
    """One TCP stream each way, in bytes a second, and the mean round trip of a ping, in seconds."""
    return {
        TO_GUEST: _stream(guest, seconds, environment),
        FROM_GUEST: _stream(guest, seconds, environment, "--reverse"),
        ROUND_TRIP: _round_trip(guest, environment),
    }


def _stream(guest: Guest, seconds: int, environment: Mapping[str, str], *options: str) -> float:
    guest.console.run(SERVE)
    command = ["iperf3", "--client", guest.address, "--time", str(seconds), "--json", *options]
    seen = json.loads(processes.run(command, environment).output)
    if "error" in seen:
        raise CannotMeasure(f"'{' '.join(command)}' did not go well: {seen['error']}")
    return float(seen["end"]["sum_received"]["bits_per_second"]) / 8


def _round_trip(guest: Guest, environment: Mapping[str, str]) -> float:
    command = ["ping", "-q", "-c", str(PINGS), "-i", str(PING_INTERVAL), guest.address]
    output = processes.run(command, environment).output
    found = re.search(r"rtt min/avg/max/mdev = [\d.]+/([\d.]+)/", output)
    if not found:
        raise CannotMeasure(f"ping printed no round trip: {output}")
    return float(found[1]) / 1000
