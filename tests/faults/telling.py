"""What runs tell people while they go on."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Puts a line on the screen; stdout is for the report."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
