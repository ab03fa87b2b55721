"""What is tracked names no machine and no registry, and leaves nothing for later."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOREIGN = {
    "a path of one machine": r"(?<![\w.])/(?:home|root|Users|work|opt/wheels)/[\w.]",
    "a package registry": r"pypi\.org|pythonhosted|repo1?\.maven|registry\.npmjs|deb\.debian|proxy\.golang",
    "something left for later": r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b",
}
BINARY = {".gz", ".png", ".zip", ".jar"}


def foreign(text: str) -> dict[str, str]:
    """Returns what is found, by kind."""
    found = {kind: re.search(pattern, text) for kind, pattern in FOREIGN.items()}
    return {kind: match.group() for kind, match in found.items() if match}


def test_tracked_files_name_no_machine(root: Path, tracked: list[Path]) -> None:
    here = Path(__file__).relative_to(root)
    texts = {
        str(path): foreign((root / path).read_text(errors="replace"))
        for path in tracked
        if path != here and path.suffix not in BINARY
    }
    assert {path: found for path, found in texts.items() if found} == {}


@pytest.mark.parametrize(
    "text",
    [
        "see /home/anna/x",
        "--index-url https://pypi.org/simple",
        "# TO" + "DO: later",
        "/opt/wheels/x.whl",
    ],
)
def test_a_foreign_text_is_found(text: str) -> None:
    assert foreign(text)


@pytest.mark.parametrize("name", ["run", "dev", "build", "fuzz"])
def test_locks_pin_every_package_with_a_hash_and_name_no_index(root: Path, name: str) -> None:
    lock = (root / "requirements" / f"{name}.txt").read_text()
    code = [
        line for line in lock.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    entries = [line for line in code if not line.startswith(" ")]
    assert entries
    assert all(re.match(r"[\w.-]+==[\w.]+( ; .*)? \\$", line) for line in entries)
    assert all(
        re.match(r"    --hash=sha256:[0-9a-f]{64}( \\)?$", line)
        for line in code
        if line.startswith(" ")
    )
