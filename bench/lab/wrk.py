"""wrk: many connections that each ask again as soon as they are answered."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import processes
from lab.errors import CannotMeasure

CONNECTIONS = 50

THREADS = max(1, (os.cpu_count() or 1) // 2)
"""The other half of the processor is for what is loaded."""

BUSY = 0.85 * THREADS
"""In cores. With its threads busy all the time it would be wrk that is measured."""


@dataclass(frozen=True)
class Load:
    """What one run saw; times in seconds, processor use in cores."""

    replies: int
    rate: float
    p50: float
    p99: float
    slowest: float
    wrk_cores: float
    server_cores: float


def load(url: str, token: str, seconds: int, server: int, environment: Mapping[str, str]) -> Load:
    """Loads the server, whose process is `server`; raises `CannotMeasure` when a request failed."""
    server_used, wrk_used = processes.cpu_seconds(server), _children_cpu()
    ended = processes.run(_command(url, token, seconds), environment)
    server_used, wrk_used = processes.cpu_seconds(server) - server_used, _children_cpu() - wrk_used
    seen = _result(ended.output)
    if seen["bad_status"] or seen["socket_errors"]:
        raise CannotMeasure(f"the load at {url} did not go well: {seen}")
    lasted = seen["duration"] / 1e6
    p50, p99, slowest = (seen[name] / 1e6 for name in ("p50", "p99", "max"))
    replies = seen["requests"]
    return Load(replies, replies / lasted, p50, p99, slowest, wrk_used / lasted, server_used / lasted)


def _command(url: str, token: str, seconds: int) -> list[str]:
    return [
        "wrk", "--threads", str(THREADS), "--connections", str(CONNECTIONS), "--duration", f"{seconds}s",
        "--timeout", "60s", "--script", str(Path(__file__).with_name("wrk.lua")),
        "--header", f"Authorization: Bearer {token}", url,
    ]  # fmt: skip


def _result(output: str) -> dict[str, Any]:
    line = next((line for line in output.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise CannotMeasure(f"wrk printed no result: {output[-600:]}")
    seen: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return seen


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
