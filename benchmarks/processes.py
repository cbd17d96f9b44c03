"""A served model as a process tree: start it, wait for it, weigh it (Linux)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Served", "is_running", "process_tree", "pss_mib", "serve"]

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Served:
    """A service that is ready.

    Attributes:
        address: Its base address.
        process: Id of the process that was started.
        ready_s: Seconds from the start of that process to the first answer of `/readyz`.
    """

    address: str
    process: int
    ready_s: float


@contextmanager
def serve(command: Sequence[str], timeout_s: float, cwd: Path = ROOT) -> Iterator[Served]:
    """Run a command that serves; `{port}` in it is replaced by a free port.

    Args:
        command: The command; it must stay in the foreground.
        timeout_s: Time within which it must be ready.
        cwd: Its working folder.

    Yields:
        The ready service. It gets SIGTERM at the end.

    Raises:
        RuntimeError: If it ends by itself or is not ready in time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    filled = [part.format(port=port) for part in command]
    started = time.monotonic()
    process = subprocess.Popen(
        filled, cwd=cwd, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while not _is_ready(address):
            if process.poll() is not None:
                raise RuntimeError(f"{filled} ended with code {process.returncode}")
            if time.monotonic() - started > timeout_s:
                raise RuntimeError(f"{filled} was not ready within {timeout_s} s")
            time.sleep(0.02)
        yield Served(address, process.pid, time.monotonic() - started)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def process_tree(root: int) -> list[int]:
    """Return a process and all its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    tree = [root]
    for process in tree:
        tree += [child for child, parent in parents.items() if parent == process]
    return tree


def pss_mib(processes: Sequence[int]) -> float:
    """Return the proportional memory (PSS) of processes, in MiB: shared pages count by share."""
    total_kib = 0
    for process in processes:
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue  # it has ended
        total_kib += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total_kib / 1024


def is_running(process: int) -> bool:
    """Say whether a process is there and no zombie."""
    fields = _stat(process)
    return bool(fields) and fields[0] != "Z"


def _stat(process: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name: state, parent ..."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return []


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
