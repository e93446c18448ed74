"""ssh to a small Linux guest, which is made to serve it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import processes
from lab.guests import Guest

SFTP = "/usr/lib/openssh/sftp-server"
HOST_KEY = "/etc/ssh-host-key"


@dataclass(frozen=True)
class Ssh:
    """Root's way in, by a key."""

    address: str
    key: Path
    options: tuple[str, ...]
    environment: Mapping[str, str]

    def run(self) -> float:
        """How long `ssh true` takes, the whole command."""
        return processes.run(["ssh", *self._all, f"root@{self.address}", "true"], self.environment).seconds

    def remote(self, path: str) -> str:
        return f"root@{self.address}:{path}"

    def copy(self, source: str, target: str) -> float:
        return processes.run(["scp", "-q", *self._all, source, target], self.environment).seconds

    @contextmanager
    def shared(self) -> Iterator[Ssh]:
        """The same over one connection that is there already."""
        socket = self.key.with_name("shared")
        master = Ssh(self.address, self.key, ("-o", f"ControlPath={socket}"), self.environment)
        where = f"root@{self.address}"
        processes.run(
            ["ssh", *master._all, "-o", "ControlMaster=yes", "-o", "ControlPersist=yes", "-N", "-f", where],
            self.environment,
        )
        try:
            yield master
        finally:
            processes.run(["ssh", *master._all, "-O", "exit", where], self.environment)

    @property
    def _all(self) -> list[str]:
        common = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        return ["-F", "none", "-i", str(self.key), *(word for each in common for word in ("-o", each)), *self.options]


def serve(guest: Guest, folder: Path, environment: Mapping[str, str]) -> Ssh:
    """Starts OpenSSH in a guest that has its programs, for a new key, which opens Direct as well."""
    folder.mkdir()
    key = folder / "key"
    processes.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], environment)
    public = key.with_suffix(".pub").read_text().strip()
    run = guest.console.run
    run(f"mkdir -p -m 700 /root/.ssh /run/sshd && echo '{public}' >/root/.ssh/authorized_keys")
    # What it becomes before somebody has signed in.
    run("echo 'sshd:x:74:74::/run/sshd:/bin/false' >>/etc/passwd")
    run(f"ssh-keygen -q -t ed25519 -N '' -f {HOST_KEY}")
    run(f"$(which sshd) -f /dev/null -h {HOST_KEY} -o 'Subsystem=sftp {SFTP}' -o PasswordAuthentication=no")
    return Ssh(guest.address, key, (), environment)
