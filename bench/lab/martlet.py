"""Martlet: a daemon of its own in a scratch root, and its command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from lab import processes
from lab.console import Console
from lab.definition import Definition, martlet_request
from lab.errors import CannotMeasure
from lab.processes import Ended, Memory
from lab.rest import RestClient, in_parallel


class Martlet:
    """Starts with `with`; at the end its machines are turned off and the daemon is ended."""

    def __init__(self, root: Path, programs: Path, environment: Mapping[str, str]) -> None:
        self._root = root
        self._daemon, self._client = programs / "martletd", programs / "martlet"
        self._environment = dict(environment) | {"MARTLET_ROOT": str(root)}
        self._process: subprocess.Popen[bytes] | None = None
        self._log = root.with_suffix(".log")
        self.rest = RestClient(root / "run/api.sock")

    def __enter__(self) -> Martlet:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.turn_off(self.not_off())
        finally:
            self._end()
            shutil.rmtree(self._root, ignore_errors=True)

    @property
    def process(self) -> int:
        assert self._process is not None, "only between __enter__ and __exit__"
        return self._process.pid

    def _start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._daemon), "--root", str(self._root), "--requests-per-second", "0"],
                env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        processes.eventually("martletd answers", self._answers)

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            said = self._log.read_text(errors="replace")[-600:].strip()
            raise CannotMeasure(f"martletd ended with {self._process.returncode}: {said}")
        try:
            self.rest.get("/host")
            return True
        except CannotMeasure:
            return False

    def _end(self) -> None:
        if self._process is not None:
            processes.end(self._process.pid)
            self._process.wait()

    def restart(self) -> None:
        self._end()
        self._start()

    def command(self, *arguments: str) -> Ended:
        return processes.run([str(self._client), *arguments], self._environment)

    def start_paused(self, names: Sequence[str]) -> Ended:
        return self.command("vm", "start", *names, "--paused")

    def console(self, name: str) -> Console:
        """By a command that stays, with what the machine has printed so far."""
        command = [str(self._client), "vm", "console", name, "--history", str(1 << 20)]
        process = subprocess.Popen(
            command, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdin and process.stdout, "both are pipes"

        def close() -> None:
            processes.end(process.pid)
            process.communicate()

        return Console("Martlet's guest", process.stdout.fileno(), process.stdin.fileno(), close)

    def start_in_parallel(self, names: Sequence[str], parallel: int) -> Ended:
        """A `martlet vm start --paused` each, several at a time."""
        each = ["xargs", "-P", str(parallel), "-n", "1", str(self._client), "vm", "start", "--paused"]
        return processes.run(each, self._environment, stdin="\n".join(names))

    def create(self, machines: Sequence[Definition], with_disk: bool = True) -> None:
        in_parallel(lambda machine: self.rest.operate("/vms", martlet_request(machine, with_disk)), machines)

    def names(self, state: str) -> list[str]:
        return [machine["name"] for machine in self.rest.all("/vms") if machine["state"] == state]

    def not_off(self) -> list[str]:
        return [machine["name"] for machine in self.rest.all("/vms") if machine["state"] not in ("off", "failed")]

    def turn_off(self, names: Sequence[str]) -> None:
        in_parallel(lambda name: self.rest.operate(f"/vms/{quote(name, safe='')}/stop", {"turnOff": True}), names)

    def api_url(self) -> str:
        host = json.loads(self.command("host", "show", "--output", "json").output)
        return str(host["apiURL"])

    def token(self) -> str:
        return self.command("token", "create", "bench", "--role", "viewer").output.strip()

    def memory(self) -> Memory:
        return processes.memory(self.process)

    def version(self) -> str:
        return self.command("--version").output.strip()


def require_programs(folder: Path) -> None:
    for name in ("martletd", "martlet"):
        if not os.access(folder / name, os.X_OK):
            raise CannotMeasure(f"there is no program '{folder / name}': swift build -c release, or give --programs")
