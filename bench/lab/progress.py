"""What the run is doing, on stderr."""

from __future__ import annotations

import sys
import time


class Progress:
    """Lines with the time since the run began."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._figure = ""

    def figure(self, name: str) -> None:
        self._figure = name
        self.say("begins")

    def say(self, text: str) -> None:
        seconds = int(time.monotonic() - self._began)
        print(f"bench {seconds // 60}:{seconds % 60:02} {self._figure}: {text}", file=sys.stderr, flush=True)

    def turn(self, number: int, of: int) -> None:
        """A round of all cases is done; those before the first that counts are warm-ups."""
        self.say(f"{number} of {of}" if number > 0 else "warm-up")
