"""A world of its own for the run: processes, network and libvirt's folders that end with it, however it ends.

    outer      makes the scratch folder, passes signals on, removes the folder
      init     process 1 of the new world: reaps orphans; when it ends, the kernel kills all that is left there
        work   the measurements

A libvirtd of the machine, its domains and its networks are out of sight and stay as they are.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.control_groups import without_new_groups
from lab.errors import CannotMeasure

# Of <sched.h> and <sys/prctl.h>; Python has os.unshare only since 3.12.
NEW_MOUNTS, NEW_PROCESSES, NEW_NETWORK = 0x0002_0000, 0x2000_0000, 0x4000_0000
SET_PARENT_DEATH_SIGNAL = 1

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# What libvirt keeps there, the run gives it empty folders for.
LIBVIRT_FOLDERS = ("/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt")


def run(work: Callable[[Path], int]) -> int:
    """Does `work` with a scratch folder in a sandbox, and returns its exit code."""
    if os.geteuid() != 0:
        raise CannotMeasure(
            "this needs root, for libvirt's qemu:///system and for namespaces that keep it apart from the rest of the "
            "machine: run it with sudo"
        )
    with _scratch_folder() as scratch, without_new_groups():
        _unshare()
        init = os.fork()
        if init == 0:
            _end_as(lambda: _be_init(work, scratch))
        return _wait_passing_on(init)


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="martlet-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            print(f"bench: '{folder}' could not be removed in full", file=sys.stderr)


def _unshare() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_MOUNTS | NEW_PROCESSES | NEW_NETWORK) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise CannotMeasure(f"no namespaces can be made here ({reason}); run it outside of a restricted container")


def _be_init(work: Callable[[Path], int], scratch: Path) -> int:
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    # A Ctrl-C at the terminal reaches the outer process alone, which passes it on, once.
    os.setsid()
    _mount(scratch)
    worker = os.fork()
    if worker == 0:
        _end_as(lambda: _do(work, scratch))
    return _wait_passing_on(worker)


def _mount(scratch: Path) -> None:
    _command("mount", "--make-rprivate", "/")
    _command("mount", "-t", "proc", "proc", "/proc")
    # No system bus either: systemd would take these processes for its own.
    _command("mount", "-t", "tmpfs", "tmpfs", "/run")
    _command("ip", "link", "set", "lo", "up")
    for folder in LIBVIRT_FOLDERS:
        if not os.path.isdir(folder):
            raise CannotMeasure(f"there is no '{folder}', so libvirt is not installed: run scripts/setup bench")
        ours = scratch / folder[1:].replace("/", "-")
        ours.mkdir(mode=0o755)
        _command("mount", "--bind", str(ours), folder)


def _do(work: Callable[[Path], int], scratch: Path) -> int:
    for number in PASSED_ON:
        signal.signal(number, _interrupt)
    return work(scratch)


def _interrupt(number: int, _: object) -> None:
    raise KeyboardInterrupt(number)


def _wait_passing_on(child: int) -> int:
    """Waits for one child, and reaps any other, such as orphans that init inherits."""
    for number in PASSED_ON:
        signal.signal(number, lambda number, _: os.kill(child, number))
    while True:
        ended, status = os.wait()
        if ended == child:
            for number in PASSED_ON:
                signal.signal(number, signal.SIG_IGN)
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _end_as(body: Callable[[], int]) -> None:
    """Ends a forked process with what `body` returns; nothing of the parent's unwinding happens here."""
    code = 1
    try:
        code = body()
    except CannotMeasure as error:
        print(f"bench: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        code = 130
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _command(*arguments: str) -> None:
    ended = subprocess.run(arguments, capture_output=True, text=True)
    if ended.returncode != 0:
        raise CannotMeasure(f"'{' '.join(arguments)}' failed: {ended.stderr.strip()}")
