"""Lets no process outlive the one that started it, however that one ends."""

from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPT = """
while read -r line; do pid=$line; done
[ -z "$pid" ] || kill -9 "$pid"
[ $# -eq 0 ] || rm -rf "$@"
"""
"""Reads a pid for each process to watch, an empty line when that one has ended. The other end of its input is ours
alone: it closes with our process, a `kill -9` included, on every system that has a shell."""


class Guard:
    """A shell that waits for our end, then kills the process it watches and removes what that one left behind."""

    def __init__(self, *leftovers: Path) -> None:
        self._shell = subprocess.Popen(
            ["sh", "-c", SCRIPT, "guard", *leftovers],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def watch(self, pid: int) -> None:
        """Names the process that must not outlive ours; it takes the place of the one before."""
        self._tell(str(pid))

    def forget(self) -> None:
        """Says that the process has ended: its pid may soon be somebody else's."""
        self._tell("")

    def close(self) -> None:
        """Ends the guard as our end would, and returns when it has done its work."""
        self._shell.communicate()

    def _tell(self, line: str) -> None:
        if self._shell.stdin is not None:
            self._shell.stdin.write(f"{line}\n")
            self._shell.stdin.flush()
