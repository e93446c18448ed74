"""A guest's serial console, typed into and read."""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Callable

from lab.errors import CannotMeasure

KEPT = 1 << 20
"""Bytes that are looked through for what is awaited."""


class Console:
    """A stream of bytes each way, as descriptors; `close` lets go of them."""

    def __init__(self, name: str, reading: int, writing: int, close: Callable[[], None]) -> None:
        self._name, self._reading, self._writing = name, reading, writing
        self.close = close
        self._seen = b""
        self._commands = 0

    def log_in(self, within: float) -> None:
        """As root of the small Linux guest, once it asks."""
        self.expect("login: ", within)
        self.type("root")
        self.expect("Password: ", within)
        self.type("martlet")
        self.expect("# ", within)

    def run(self, command: str, within: float = 60) -> str:
        """What a command of the guest's shell prints; raises `CannotMeasure` when it fails."""
        self._commands += 1
        mark = f"{self._commands}>>"
        # The shell shows what is typed, too: there the marks are broken by quotes.
        self.type(f'echo "<<beg""in {mark}"; {command}; echo "<<$?"" {mark}"')
        found = self.expect(rf"<<begin {mark}\r*\n(.*?)<<(\d+) {mark}", within, is_pattern=True)
        if found[2] != "0":
            raise CannotMeasure(f"in {self._name} '{command}' ended with {found[2]}: {found[1].strip()[-600:]}")
        return found[1].replace("\r", "")

    def type(self, line: str) -> None:
        left = line.encode() + b"\n"
        while left:
            left = left[os.write(self._writing, left) :]

    def expect(self, what: str, within: float, is_pattern: bool = False) -> re.Match[str]:
        """Reads until this text, or what matches this pattern, was printed; all before it is forgotten."""
        pattern = re.compile(what if is_pattern else re.escape(what), re.DOTALL)
        deadline = time.monotonic() + within
        while True:
            text = self._seen.decode("latin-1")
            found = pattern.search(text)
            if found:
                self._seen = self._seen[found.end() :]
                return found
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self._reading], [], [], left)[0]:
                raise CannotMeasure(f"{self._name} did not print '{what}' within {within:.0f} s: {text[-300:]!r}")
            came = os.read(self._reading, 65536)
            if not came:
                raise CannotMeasure(f"the console of {self._name} ended: {text[-300:]!r}")
            self._seen = (self._seen + came)[-KEPT:]
