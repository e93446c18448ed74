"""The REST API at the local socket: for preparing and clearing up, never for what is measured."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local
from typing import Any, TypeVar
from urllib.parse import quote

from lab.errors import CannotMeasure

TIMEOUT = 90
"""Seconds; more than the 60 that a request may wait for an operation."""

IDLE = 5
"""Seconds after which a connection isn't used again: martletd closes those on which nothing comes."""

T = TypeVar("T")
Body = dict[str, Any]


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class RestClient:
    """A connection for each thread that uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = local()

    def get(self, path: str) -> Body:
        return self._request("GET", path, None)

    def post(self, path: str, body: Body) -> Body:
        return self._request("POST", path, body)

    def operate(self, path: str, body: Body) -> Body:
        """Asks for an operation and waits until it has succeeded."""
        operation = self.post(path, body)
        while operation["state"] in ("running", "undoing"):
            operation = self.get(f"/operations/{quote(operation['id'], safe='')}?waitInSeconds=60")
        if operation["state"] != "succeeded":
            what = operation.get("title", path)
            raise CannotMeasure(f"Martlet's operation '{what}' {operation['state']}: {operation.get('error')}")
        return operation

    def all(self, path: str) -> list[Body]:
        """Every item of a list, page by page."""
        items: list[Body] = []
        after = ""
        while True:
            page = self.get(f"{path}?limit=10000{after}")
            items += page["items"]
            if not page.get("next"):
                return items
            after = f"&after={quote(page['next'], safe='')}"

    def _request(self, method: str, path: str, body: Body | None) -> Body:
        text = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            connection = self._connection()
            connection.request(method, f"/api/v1{path}", body=text, headers=headers)
            response = connection.getresponse()
            said = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._own.connection = None
            raise CannotMeasure(f"martletd does not answer {method} {path}: {error!r}") from None
        if response.status >= 400:
            problem = said[:600].decode(errors="replace")
            raise CannotMeasure(f"martletd answers {response.status} to {method} {path}: {problem}")
        answer: Body = json.loads(said) if said else {}
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        now = time.monotonic()
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None or now - self._own.used > IDLE:
            if connection:
                connection.close()
            connection = self._own.connection = _Connection(self._path)
        self._own.used = now
        return connection


def in_parallel(body: Callable[[T], object], items: Iterable[T], threads: int = 8) -> None:
    """Does `body` for each item, several at once; the first failure is raised when all under way have ended."""
    with ThreadPoolExecutor(threads) as pool:
        try:
            for _ in pool.map(body, items):
                pass
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
