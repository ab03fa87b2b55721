"""What is said of a policy: findings, each with its place, and the error that carries them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

import msgspec

Path = tuple[str | int, ...]
"""Where something stands in a policy: `("rule", 3, "to")`."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong with a policy, and how to mend it; a `remark` is only worth knowing.

    `code` is stable: the name of the check. File and line, counted from 1, are known where the policy came from files.
    """

    path: Path
    message: str
    code: str = "wrong_form"
    remark: bool = False
    file: str | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """Writes the path as one reads it: `rule[3].to`."""
        return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", ".".join(map(str, self.path)))

    def __str__(self) -> str:
        """Writes the finding on one line: file and line, place, message, code."""
        file = self.file or ""
        line = "" if self.line is None else f"{file}:{self.line}" if file else f"line {self.line}"
        told = [part for part in (line or file, self.place, self.message) if part]
        return f"{': '.join(told)} [{self.code}]"


class PolicyError(Exception):
    """A policy that cannot be used, with every fault found."""

    def __init__(self, findings: list[Finding]) -> None:
        """Keeps the findings."""
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


def unknown(what: str, found: str, there: Iterable[str]) -> str:
    """Says that a name means nothing here, which there are, and which one may have been meant."""
    names = list(there)
    listed = f"there are {', '.join(names)}" if names else "there is none"
    return f'there is no {what} "{found:.60}"{meant(found, names)}; {listed}'


def meant(found: str, there: Iterable[str]) -> str:
    """Asks for the name that a misspelt one resembles, if there is one."""
    near = get_close_matches(found, list(there), n=1)
    return f' (is "{near[0]}" meant?)' if near else ""
